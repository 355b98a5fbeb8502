// Copies the text beside a button that says "Copy".

async function copy(text, beside) {
	// Only sites that came over TLS, or from the same machine, have a clipboard.
	if (navigator.clipboard) return navigator.clipboard.writeText(text);
	const area = document.createElement("textarea");
	area.value = text;
	beside.after(area);
	area.select();
	const done = document.execCommand("copy");
	area.remove();
	beside.focus();
	if (!done) throw new Error("refused");
}

document.addEventListener("click", async (click) => {
	const button = click.target.closest("[data-copy]");
	if (!button) return;
	const text = button.closest("[data-copyable]").querySelector("pre").textContent;
	const said = button.dataset.label ??= button.textContent;
	await copy(text, button);
	button.textContent = button.dataset.copied;
	setTimeout(() => { button.textContent = said; }, 2000);
});
