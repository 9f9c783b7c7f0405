// Keeps the page fresh: fetches it again and replaces its content, as long as "Live updates" is ticked, the tab is seen and nobody is
// in the middle of using it.
"use strict";
const interval = 3000;
const live = document.getElementById("live");

async function refresh() {
    const main = document.getElementById("content");
    const isInUse = main.contains(document.activeElement) || String(document.getSelection()) !== "";
    if (!live.checked || document.hidden || isInUse) return;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.redirected) { location.href = response.url; return; }
    if (!response.ok) throw new Error(String(response.status));
    const next = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("content");
    const left = [...main.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    main.replaceChildren(...next.childNodes);
    main.querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = left[index] ?? 0; });
}

async function loop() {
    try {
        await refresh();
        document.body.removeAttribute("data-stale");
    } catch {
        document.body.setAttribute("data-stale", "true");
    }
    setTimeout(loop, interval);
}

if (live) setTimeout(loop, interval);
