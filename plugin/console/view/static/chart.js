// Dragging over a chart chooses its time. Each bar is a link to its own step, and
// the table below has them all, so that this is a shortcut and nothing more.

const least = 5; // pixels that are a drag and no click
let drag = null;

// place is how far along the chart the pointer is, from 0 to 1.
function place(plot, x) {
	const box = plot.getBoundingClientRect();
	return Math.min(1, Math.max(0, (x - box.left) / box.width));
}

function show() {
	const from = Math.min(drag.from, drag.to);
	drag.picked.style.left = `${from * 100}%`;
	drag.picked.style.width = `${Math.abs(drag.to - drag.from) * 100}%`;
}

function stop() {
	drag?.picked.remove();
	drag = null;
}

// choose opens the page with the steps that were dragged over, whole ones.
function choose() {
	const { start, step, range } = drag.chart.dataset;
	const steps = drag.plot.querySelector("svg").viewBox.baseVal.width / 10;
	const first = Math.floor(Math.min(drag.from, drag.to) * steps);
	const last = Math.max(first + 1, Math.ceil(Math.max(drag.from, drag.to) * steps));
	const time = (n) => new Date((Number(start) + n * Number(step)) * 1000).toISOString().replace(".000", "");
	const address = new URL(range, location.href);
	address.searchParams.set("from", time(first));
	address.searchParams.set("to", time(last));
	location.assign(address.pathname + address.search);
}

document.addEventListener("pointerdown", (press) => {
	const plot = press.target.closest?.("[data-chart] .plot");
	if (!plot || press.button !== 0 || !press.isPrimary || press.ctrlKey || press.metaKey || press.shiftKey) return;
	const at = place(plot, press.clientX);
	const picked = document.createElement("div");
	picked.className = "picked";
	drag = { plot, chart: plot.closest("[data-chart]"), picked, from: at, to: at, x: press.clientX, moved: false };
});
document.addEventListener("pointermove", (move) => {
	if (!drag) return;
	drag.moved ||= Math.abs(move.clientX - drag.x) >= least;
	if (!drag.moved) return;
	if (!drag.picked.isConnected) drag.plot.append(drag.picked);
	drag.to = place(drag.plot, move.clientX);
	show();
});
document.addEventListener("pointerup", () => {
	if (drag?.moved) {
		choose();
		// The click that follows would open a bar instead.
		addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
		setTimeout(stop);
	} else {
		stop();
	}
});
document.addEventListener("pointercancel", stop);
document.addEventListener("keydown", (press) => {
	if (press.key === "Escape") stop();
});
// A link that is dragged would be carried away.
document.addEventListener("dragstart", (start) => {
	if (start.target.closest?.("[data-chart]")) start.preventDefault();
});
