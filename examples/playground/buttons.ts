import { icon, type IconName } from './icons.ts';

/** A button of one sign, or of words, with what it does as its name. */
export function button(
  face: { icon: IconName } | string,
  title: string,
  click: () => void,
): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.append(typeof face === 'string' ? face : icon(face.icon));
  made.title = title;
  made.setAttribute('aria-label', title);
  made.addEventListener('click', click);
  return made;
}
