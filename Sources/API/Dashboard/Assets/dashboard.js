// Liveness and comfort on top of pages that work without it: fresh content, bars by arrow keys, menus that close, times in the viewer's zone.
"use strict";
const interval = 3000;
document.documentElement.classList.add("scripted");

function dress(root) {
    const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
    for (const time of root.querySelectorAll("time[datetime]")) time.title = form.format(new Date(time.dateTime));
}

// Takes what changed over into the page that is there, so that focus, scroll, open menus and selections stay.
function merge(old, next) {
    if (old.isEqualNode(next)) return;
    const isSame = old.nodeType === next.nodeType && old.nodeName === next.nodeName && old.id === next.id;
    if (!isSame) { old.replaceWith(next); return; }
    if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = next.nodeValue; return; }
    for (const { name } of [...old.attributes]) {
        if (!next.hasAttribute(name) && !(name === "open" && old.matches("details"))) old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value && name !== "tabindex") old.setAttribute(name, value);
    const fresh = [...next.childNodes];
    const kept = [...old.childNodes];
    fresh.forEach((child, place) => (place < kept.length ? merge(kept[place], child) : old.append(child)));
    kept.slice(fresh.length).forEach((child) => child.remove());
}

async function refresh() {
    const live = document.getElementById("live");
    const main = document.getElementById("content");
    const isEdited = main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
    if (!live || !live.checked || document.hidden || isEdited || String(document.getSelection()) !== "") return;
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10000) });
    if (response.redirected) { location.href = response.url; return; }
    // What is gone, or cannot be, is told by a page of its own; only a server in trouble leaves the last one standing.
    if (response.status >= 500) throw new Error(String(response.status));
    const next = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("content");
    dress(next);
    merge(main, next);
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

function tell(bar) {
    const readout = bar.closest("figure").querySelector("[data-readout]");
    readout.textContent = bar.getAttribute("aria-label");
}

function hush(figure) {
    const readout = figure.querySelector("[data-readout]");
    readout.textContent = readout.dataset.readout;
}

document.addEventListener("focusin", (event) => { const bar = event.target.closest(".bar"); if (bar) tell(bar); });
document.addEventListener("pointerover", (event) => {
    const bar = event.target.closest(".bar");
    const figure = event.target.closest("figure.histogram");
    if (bar) tell(bar); else if (figure) hush(figure);
});
document.addEventListener("pointerout", (event) => {
    const figure = event.target.closest("figure.histogram");
    if (figure && !figure.contains(event.relatedTarget)) hush(figure);
});
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
    const bar = event.target.closest(".bar");
    if (!bar || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const bars = [...bar.parentNode.querySelectorAll(".bar")];
    const next = bars[bars.indexOf(bar) + (event.key === "ArrowRight" ? 1 : -1)];
    if (!next) return;
    bar.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
    event.preventDefault();
});
document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("change", (event) => { if (event.target.matches("[data-submits]")) event.target.form.submit(); });

dress(document);
if (document.getElementById("live")) setTimeout(loop, interval);
