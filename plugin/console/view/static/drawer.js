// Opens pages of single entries in a drawer beside the list. The address is the
// page's, so that a link to it works anywhere, and going back closes the drawer.
import { getPage } from "./fetch.js";

const drawer = document.getElementById("drawer");
const content = drawer?.querySelector('[data-part="drawer"]');
const title = document.title;
let depth = 0; // how many entries of the history are the drawer's
let asked = 0; // the latest page that was asked for

async function show(address) {
	const mine = ++asked;
	let page;
	try {
		page = await getPage(address);
	} catch {
		location.assign(address); // then the browser says what is wrong
		return false;
	}
	if (mine !== asked) return false;
	content.replaceChildren(...page.querySelector("main").childNodes);
	document.title = page.title;
	if (!drawer.open) drawer.showModal();
	drawer.scrollTop = 0;
	return true;
}

async function open(address) {
	if (!(await show(address))) return;
	depth++;
	history.pushState({ drawer: depth }, "", address);
}

function shut() {
	asked++;
	depth = 0;
	document.title = title;
	if (drawer.open) drawer.close(); // which gives the focus back
	content.replaceChildren();
}

if (drawer) {
	document.addEventListener("click", (click) => {
		const link = click.target.closest("a[data-drawer]");
		if (!link || click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
		click.preventDefault();
		open(link.getAttribute("href")); // not link.href, which may have a password
	});
	// However it is closed, the address becomes the list's again.
	drawer.addEventListener("close", () => {
		if (depth > 0) history.go(-depth);
	});
	drawer.addEventListener("click", (click) => {
		if (click.target === drawer) drawer.close(); // beside it
	});
	addEventListener("popstate", (pop) => {
		if (!pop.state?.drawer) return shut();
		depth = pop.state.drawer;
		show(location.pathname);
	});
} else {
	// A page that was loaded again where the drawer had been stands in for the
	// list's when one goes back.
	const here = location.pathname;
	addEventListener("popstate", () => {
		if (location.pathname !== here) location.reload();
	});
}
