import { html, useLayoutEffect, useRef } from "../vendor/preact.js";

// A dialog that is open, and has the focus, from its first render; Esc closes it, and the browser gives the focus back.
export function Dialog({ title, close, children }) {
  const element = useRef();
  useLayoutEffect(() => {
    const opener = document.activeElement, dialog = element.current;
    dialog.showModal();
    return () => {
      dialog.close();
      opener?.focus?.();
    };
  }, []);
  const id = `dialog-${title.replace(/\W/g, "-")}`;
  return html`<dialog ref=${element} aria-labelledby=${id} onClose=${close}><div class="head"><h2 id=${id}>${title}</h2>
    <button type="button" class="small" onClick=${close}>Close</button></div>${children}</dialog>`;
}
