// Fetches a path of the console itself, never from a cache. Of a page opened as
// http://user:password@…, relative addresses have the password too, and fetch
// takes none that has; location.href has not.
export async function get(address) {
	const answer = await fetch(new URL(address, location.href), { cache: "no-store", redirect: "error" });
	if (!answer.ok) throw new Error(answer.statusText);
	return answer;
}

export async function getPage(address) {
	return new DOMParser().parseFromString(await (await get(address)).text(), "text/html");
}
