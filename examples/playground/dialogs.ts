/** Questions to the user, in the page's own dialog: Enter agrees, Escape does not. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly type?: 'text' | 'password' | 'url';
  readonly optional?: boolean;
}

export interface Question {
  readonly title: string;
  readonly text?: string;
  readonly fields?: readonly Field[];
  /** What the button says. */
  readonly agree: string;
  readonly danger?: boolean;
}

/** → what was typed by the fields' names, or undefined when the user thought better of it. */
export function ask(question: Question): Promise<Record<string, string> | undefined> {
  const dialog = document.createElement('dialog');
  const form = document.createElement('form');
  form.method = 'dialog';
  const title = document.createElement('h2');
  title.textContent = question.title;
  form.append(title);
  if (question.text !== undefined) {
    const text = document.createElement('p');
    text.textContent = question.text;
    form.append(text);
  }
  const inputs = (question.fields ?? []).map(inputOf);
  form.append(...inputs.map(({ label }) => label), buttons(question));
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  selectStem(inputs[0]?.input);
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      const agreed = dialog.returnValue === 'agree';
      const values = inputs.map(({ input }) => [input.name, input.value.trim()] as const);
      resolve(agreed ? Object.fromEntries(values) : undefined);
    });
  });
}

function inputOf({ name, label: text, value = '', type = 'text', optional = false }: Field): {
  label: HTMLLabelElement;
  input: HTMLInputElement;
} {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { name, value, type, required: !optional, autocomplete: 'off', spellcheck: false });
  label.append(text, input);
  return { label, input };
}

function buttons({ agree, danger = false }: Question): HTMLElement {
  const row = document.createElement('div');
  row.className = 'dialog-buttons';
  const make = (text: string, value: string): HTMLButtonElement => {
    const button = document.createElement('button');
    Object.assign(button, { textContent: text, value });
    return button;
  };
  const yes = make(agree, 'agree');
  yes.className = danger ? 'danger' : 'primary';
  const no = make('Cancel', 'cancel');
  no.formNoValidate = true;
  // The first button is the one that Enter presses.
  row.append(yes, no);
  return row;
}

/** Of `name.txt` the name: that is what one changes. */
function selectStem(input: HTMLInputElement | undefined): void {
  if (input === undefined) return;
  input.focus();
  if (input.type !== 'text') return;
  const from = input.value.lastIndexOf('/') + 1;
  const dot = input.value.lastIndexOf('.');
  input.setSelectionRange(from, dot > from ? dot : input.value.length);
}
