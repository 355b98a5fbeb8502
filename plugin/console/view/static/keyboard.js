// The keyboard: "/" to the search, "j" and "k" through the rows, "?" for help; "x"
// selects a row and letters decide about it, where a page has decisions.
// Enter is the browser's own, since the focus is on the row's link. People whose
// software types for them can turn single keys off (WCAG 2.1.4).

import { decide, select } from "./select.js";

const setting = "gatebook.keys";
const help = document.getElementById("help");
const box = help?.querySelector("[data-shortcuts]");

const stops = () => [...document.querySelectorAll("main tr[data-key] :is(a[data-drawer], a[data-stop])")];

function step(by) {
	const list = stops();
	const row = document.activeElement?.closest("tr[data-key]");
	const at = row ? list.findIndex((link) => row.contains(link)) : by > 0 ? -1 : list.length;
	const next = list[at + by];
	next?.focus();
	next?.closest("tr").scrollIntoView({ block: "nearest" });
}

const keys = {
	"/": () => document.querySelector("[data-search]")?.focus(),
	"?": () => help.showModal(),
	j: () => step(1),
	k: () => step(-1),
	x: () => select(),
};

function typing(element) {
	return element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

if (help) {
	box.checked = localStorage.getItem(setting) !== "off";
	box.addEventListener("change", () => localStorage.setItem(setting, box.checked ? "on" : "off"));
	document.addEventListener("click", (click) => {
		if (click.target.closest("[data-help]")) help.showModal();
	});
	document.addEventListener("keydown", (press) => {
		if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing) return;
		if (press.key === "Escape" && press.target.matches("[data-search]")) press.target.blur();
		if (press.key === "Escape") closeMenus(press.target);
		if (!box.checked || typing(press.target) || document.querySelector("dialog[open]")) return;
		const act = keys[press.key];
		if (act ? act() === false : !decide(press.key)) return;
		press.preventDefault();
	});
}

// An open menu covers what is below it.
function closeMenus(from) {
	for (const menu of document.querySelectorAll("details.menu[open]")) {
		menu.open = false;
		if (menu.contains(from)) menu.querySelector("summary").focus();
	}
}
document.addEventListener("click", (click) => {
	for (const menu of document.querySelectorAll("details.menu[open]")) {
		if (!menu.contains(click.target)) menu.open = false;
	}
});
