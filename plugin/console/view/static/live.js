// Keeps the first page of a list up to date. The server says when something came
// in that is asked for, or is asked now and then where nothing tells of it; then
// the page is fetched again, and what is new in it is offered by a button, or
// shown at once while the switch "Live" is on. Rows do not move while somebody
// points at them, has the focus among them, has selected some, selects text or has
// scrolled down.
import { get, getPage } from "./fetch.js";

const setting = "gatebook.live";
const soon = 200; // milliseconds in which more may come in
const pause = 1500; // between one look and the next, however much comes in
const again = 3000; // until a broken stream is tried again
const every = 5000; // between one look and the next, where no stream tells

const part = (doc, name) => doc.querySelector(`[data-part="${name}"]`);
const rows = (doc) => [...part(doc, "list").querySelectorAll("tr[data-key]")];
const keys = (doc) => new Set(rows(doc).map((row) => row.dataset.key));

const list = part(document, "list");
const news = part(document, "news");
const toggle = document.querySelector("[data-live]");

let mark = news?.dataset.mark;
let waiting = null; // the newer page, until it is shown
let stream = null;
let timer = 0;
let looked = 0; // when
let looking = false;
let heard = false; // of a new entry, and not looked yet

const on = () => toggle.getAttribute("aria-checked") === "true";

function busy() {
	const table = list.querySelector("table");
	const selection = getSelection();
	return Boolean(table) && (table.matches(":hover") || table.contains(document.activeElement) ||
		table.querySelector("tbody input:checked") !== null ||
		table.getBoundingClientRect().top < 0 || document.querySelector("dialog[open]") !== null ||
		(!selection.isCollapsed && table.contains(selection.anchorNode)));
}

function arrived() {
	const shown = keys(document);
	return waiting ? [...keys(waiting)].filter((key) => !shown.has(key)).length : 0;
}

const say = (n) => n === 1 ? news.dataset.single
	: news.dataset.many.replace("{n}", n.toLocaleString(document.documentElement.lang));

function show() {
	const shown = keys(document);
	const n = arrived();
	const chosen = new Set([...list.querySelectorAll("tbody input:checked")].map((box) => box.value));
	for (const name of ["list", "exports", "count", "chart"]) {
		part(document, name)?.replaceChildren(...part(waiting, name).childNodes);
	}
	for (const row of rows(document)) row.classList.toggle("fresh", !shown.has(row.dataset.key));
	for (const box of list.querySelectorAll("tbody input")) box.checked = chosen.has(box.value);
	list.dispatchEvent(new Event("change", { bubbles: true }));
	waiting = null;
	const told = document.createElement("span");
	told.className = "hidden";
	told.textContent = n > 0 ? say(n) : "";
	news.replaceChildren(told);
}

function offer(text) {
	if (news.querySelector("button")?.textContent === text) return;
	const button = document.createElement("button");
	button.type = "button";
	button.textContent = text;
	button.addEventListener("click", () => {
		if (waiting) show();
	});
	news.replaceChildren(button);
}

// settle shows what waits, or says that it does.
function settle() {
	const n = arrived();
	const paused = on() && busy();
	toggle.querySelector(".live-state").textContent = paused ? ` ${toggle.dataset.paused}` : "";
	if (n === 0) news.querySelector("button")?.remove();
	else if (on() && !paused || rows(document).length === 0) show();
	else offer(say(n));
}

// What the server's bookMark and flagMark make of the same.
const bookMark = (b) => b ? [b.state, b.entries, b.recorded, b.rejected ?? 0, b.late ?? 0, b.dropped].join("/") : "";
const flagMark = (f) => f ? [f.id, f.changed].join("/") : "";

// changed asks whether the list is other than it was when the page was made.
async function changed() {
	const answer = await (await get(news.dataset.pulse)).json();
	return mark !== (news.dataset.book ? bookMark(answer[news.dataset.book]) : flagMark(answer.flags[0]));
}

// look fetches the page, if something came in since it was made.
async function look() {
	clearTimeout(timer);
	timer = 0;
	if (document.hidden) return;
	if (looking) return soonLook();
	looking = true;
	try {
		if (heard || await changed()) {
			heard = false;
			const page = await getPage(pageAddress);
			mark = part(page, "news").dataset.mark;
			part(document, "strip").replaceChildren(...part(page, "strip").childNodes);
			waiting = page;
		}
		news.querySelector(".lost")?.remove();
		settle();
		if (!news.dataset.stream) timer ||= setTimeout(look, every);
	} catch {
		lost();
	} finally {
		looking = false;
		looked = Date.now();
	}
}

function soonLook() {
	timer ||= setTimeout(look, Math.max(soon, looked + pause - Date.now()));
}

function lost() {
	stream?.close();
	stream = null;
	const told = document.createElement("span");
	told.className = "lost";
	told.textContent = news.dataset.lost;
	news.replaceChildren(told);
	setTimeout(follow, again);
}

// ours reports whether something in the server log is a request for these pages:
// where a site records them, each look would be news that makes one look again.
const home = new URL(news?.dataset.pulse ?? "", location.href).pathname.replace(/api\/v1\/health$/, "");
const ours = (request) => request.host === location.host && request.path?.startsWith(home);

// follow opens the stream. A page in the background has none: browsers keep few
// connections to a site.
function follow() {
	if (document.hidden) {
		stream?.close();
		stream = null;
		return;
	}
	if (stream) return;
	if (!news.dataset.stream) return look();
	stream = new EventSource(new URL(news.dataset.stream, location.href));
	stream.addEventListener("open", soonLook); // for what came in before
	stream.addEventListener("message", (message) => {
		if (ours(JSON.parse(message.data))) return;
		heard = true;
		soonLook();
	});
	stream.addEventListener("error", lost);
}

// The drawer changes the address; this is the list's.
const pageAddress = location.href;

if (news?.dataset.pulse) {
	toggle.setAttribute("aria-checked", localStorage.getItem(setting) === "on");
	toggle.addEventListener("click", () => {
		toggle.setAttribute("aria-checked", !on());
		localStorage.setItem(setting, on() ? "on" : "off");
		settle();
	});
	for (const event of ["mouseenter", "mouseleave", "focusin"]) list.addEventListener(event, settle);
	list.addEventListener("focusout", () => setTimeout(settle)); // when the focus is where it goes
	document.addEventListener("scroll", () => { if (waiting) settle(); }, { passive: true });
	document.addEventListener("visibilitychange", follow);
	follow();
}
