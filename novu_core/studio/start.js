// Lets the frame be painted before the views are run, which are fetched meanwhile; of a page that is hidden none is.
const start = () => import("./app.js");
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));
