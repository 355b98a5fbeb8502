// All that pages do beyond showing themselves. Each script is one idea, and does
// nothing where its part is not on the page.
import "./chart.js";
import "./copy.js";
import "./drawer.js";
import "./keyboard.js";
import "./live.js";
import "./select.js";
