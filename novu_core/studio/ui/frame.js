import { html, useEffect, useRef, useState } from "../vendor/preact.js";

const PAGE = new URL("../frame.html", import.meta.url).href;

// Somebody's HTML, in a frame without an origin that runs nothing of it.
export function Frame({ content, images, width }) {
  const frame = useRef();
  const latest = useRef();
  latest.current = content;
  const [height, setHeight] = useState(200);
  const show = () => frame.current?.contentWindow.postMessage({ html: latest.current }, "*");
  useEffect(() => {
    const heard = (event) => {
      if (event.source !== frame.current?.contentWindow) return;
      if (event.data?.ready) show();
      else if (Number.isFinite(event.data?.height)) setHeight(Math.min(4000, Math.max(120, event.data.height)));
    };
    addEventListener("message", heard);
    return () => removeEventListener("message", heard);
  }, []);
  useEffect(show, [content]);
  return html`<iframe key=${images} ref=${frame} title="E-mail" sandbox="allow-scripts allow-popups" class=${width}
    src=${images ? `${PAGE}?images` : PAGE} height=${height}></iframe>`;
}
