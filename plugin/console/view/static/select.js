// Says how many rows are selected, and selects the row that has the focus for a
// decision by key if none is.

const form = document.querySelector("form[data-decide]");
const said = form?.querySelector("[data-selected]");
const boxes = () => [...form.querySelectorAll("tbody input[type=checkbox]")];

function count() {
	const n = boxes().filter((box) => box.checked).length;
	if (said) said.textContent = n > 0 ? said.dataset.many.replace("{n}", n.toLocaleString(document.documentElement.lang)) : "";
}

const focused = () => document.activeElement?.closest("tr[data-key]")?.querySelector("input[type=checkbox]");

// select turns the selection of the row that has the focus round.
export function select() {
	const box = focused();
	if (box) box.click();
	return Boolean(box);
}

// decide presses the button that has a key. It is false where there is none.
export function decide(key) {
	const button = form?.querySelector(`[data-hotkey="${CSS.escape(key)}"]`);
	if (!button) return false;
	if (boxes().length > 0 && !boxes().some((box) => box.checked)) {
		const box = focused();
		if (!box) return false;
		box.checked = true;
	}
	form.requestSubmit(button);
	return true;
}

if (form) {
	form.addEventListener("change", count);
	addEventListener("pageshow", count); // a browser remembers what was checked
}
