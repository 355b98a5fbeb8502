// Keeps the first page of a log up to date. It asks for the log's health,
// which is small, and fetches the page again when that says that something
// came in. Rows never move while somebody points at the table, has the focus
// in it or selects text: then a link says how many are waiting.

const interval = 1500; // milliseconds; an entry is to be seen within two seconds

const part = (doc, name) => doc.querySelector(`[data-part="${name}"]`);
const rows = (doc) => [...doc.querySelectorAll("tr[data-key]")];
const keys = (doc) => new Set(rows(doc).map((row) => row.dataset.key));

const list = part(document, "list");
const strip = part(document, "strip");
const news = part(document, "news");

let mark = list?.dataset.mark;
let waiting = null; // the newer page, until it is shown
let looking = false;
let timer = 0;

async function get(address) {
	// Of a page opened as http://user:password@…, relative addresses have the
	// password too, and fetch takes none that has; location.href has not.
	const answer = await fetch(new URL(address, location.href), { cache: "no-store", redirect: "error" });
	if (!answer.ok) throw new Error(answer.statusText);
	return answer;
}

// What the server's bookMark makes of the same.
function markOf(health) {
	const b = health.application_log;
	return b ? [b.state, b.entries, b.recorded, b.rejected ?? 0, b.late ?? 0, b.dropped].join("/") : "";
}

function busy() {
	const table = list.querySelector("table");
	const selection = getSelection();
	return Boolean(table) && (table.matches(":hover") || table.contains(document.activeElement) ||
		(!selection.isCollapsed && table.contains(selection.anchorNode)));
}

function arrived(page) {
	const shown = keys(document);
	return [...keys(page)].filter((key) => !shown.has(key)).length;
}

const say = (n) => (n === 1 ? "1 new entry" : `${n} new entries`);

function show(page) {
	const shown = keys(document);
	const n = arrived(page);
	list.replaceChildren(...part(page, "list").childNodes);
	for (const row of rows(document)) {
		row.classList.toggle("fresh", !shown.has(row.dataset.key));
	}
	waiting = null;
	const told = document.createElement("span");
	told.className = "hidden";
	told.textContent = n > 0 ? say(n) : "";
	news.replaceChildren(told);
}

function offer(text) {
	if (news.querySelector("a")?.textContent === text) return;
	const link = document.createElement("a");
	link.href = location.href;
	link.textContent = text;
	link.addEventListener("click", (click) => {
		if (!waiting) return; // then the link loads the page
		click.preventDefault();
		show(waiting);
	});
	news.replaceChildren(link);
}

async function look() {
	const now = markOf(await (await get(list.dataset.pulse)).json());
	if (now !== mark) {
		const html = await (await get(location.href)).text();
		const page = new DOMParser().parseFromString(html, "text/html");
		mark = part(page, "list").dataset.mark;
		strip.replaceChildren(...part(page, "strip").childNodes);
		waiting = page;
	}
	const n = waiting ? arrived(waiting) : 0;
	const auto = "auto" in list.dataset;
	if (waiting && auto && !busy()) show(waiting);
	else if (n > 0) offer(say(n));
	else news.querySelector("a")?.remove();
}

async function run() {
	clearTimeout(timer);
	if (document.hidden || looking) return;
	looking = true;
	try {
		await look();
	} catch {
		offer("Not up to date: load again");
	}
	looking = false;
	timer = setTimeout(run, interval);
}

if (list?.dataset.pulse) {
	document.addEventListener("visibilitychange", run);
	timer = setTimeout(run, interval);
}
