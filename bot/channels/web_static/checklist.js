/** The printable sheet: its button prints it; without JavaScript the browser's own menu does. */

const button = document.getElementById('print');
button.hidden = false;
button.addEventListener('click', () => window.print());
