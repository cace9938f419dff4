/** Signs of the buttons, drawn: fonts differ in which signs they have. Lines in a square of 16. */
const PATHS = {
  newFile: 'M9 1.5H3.5v13h9V5M9 1.5 12.5 5H9zM8 7.5v4M6 9.5h4',
  newFolder: 'M1.5 13V3h4.5l1.5 2h7v8zM8 7v4M6 9h4',
  upload: 'M8 10.5V2.5M4.5 6 8 2.5 11.5 6M2.5 10.5v3h11v-3',
  download: 'M8 2.5v8M4.5 7 8 10.5 11.5 7M2.5 10.5v3h11v-3',
  rename: 'M2.5 13.5l.8-3.2 8-8 2.4 2.4-8 8zM9.8 3.8l2.4 2.4',
  remove: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
  backup: 'M2 2.5h12v3.5H2zM3 6v7.5h10V6M6.5 9h3',
  add: 'M8 3v10M3 8h10',
  split: 'M2 3h12v10H2zM8 3v10',
  close: 'M4 4l8 8M12 4l-8 8',
} as const;

export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.classList.add('icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  drawing.append(path);
  return drawing;
}
