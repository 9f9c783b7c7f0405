// Liveness and comfort on top of pages that work without it: fresh content, bars by arrow keys, menus that close, times in the viewer's zone.
"use strict";
document.documentElement.classList.add("scripted");
const content = () => document.getElementById("content");

// --- Times: distances go on while the page is open, the exact time is in the viewer's zone.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function distance(seconds) {
    const amount = Math.abs(seconds);
    if (amount < 1) return "now";
    const text = amount < 120 ? `${Math.floor(amount)} s` : amount < 7200 ? `${Math.floor(amount / 60)} min`
        : amount < 172800 ? `${Math.floor(amount / 3600)} h` : `${Math.floor(amount / 86400)} d`;
    return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

function dress(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
        const date = new Date(time.dateTime);
        time.title = exact.format(date);
        const seconds = (Date.now() - date.getTime()) / 1000;
        // A lag is a distance without a word around it.
        if (time.hasAttribute("data-lag")) time.textContent = seconds < 1 ? "0 s" : distance(seconds).replace(" ago", "");
        else time.textContent = time.hasAttribute("data-exact") ? exact.format(date) : distance(seconds);
    }
    for (const moment of root.querySelectorAll("[data-moment]")) {
        const date = new Date(moment.dataset.moment);
        const label = moment.dataset.days ? exact.format(date) : date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
        if (moment.hasAttribute("aria-label")) moment.setAttribute("aria-label", `${label}: ${moment.dataset.label}`);
        else moment.textContent = label;
    }
}

// --- Fresh content: takes what changed over into the page that is there, so that focus, scroll, open menus and selections stay.
function merge(old, next) {
    if (old.isEqualNode(next)) return;
    const isSame = old.nodeType === next.nodeType && old.nodeName === next.nodeName && old.id === next.id;
    if (!isSame) { old.replaceWith(next); return; }
    if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = next.nodeValue; return; }
    // By their names: a browser makes a node of each attribute that is asked for as an object, and keeps it as long as the element.
    for (const name of old.getAttributeNames()) {
        if (!next.hasAttribute(name) && !(name === "open" && old.matches("details"))) old.removeAttribute(name);
    }
    for (const name of next.getAttributeNames()) {
        const value = next.getAttribute(name);
        if (old.getAttribute(name) !== value && name !== "tabindex") old.setAttribute(name, value);
    }
    const fresh = [...next.childNodes];
    const kept = [...old.childNodes];
    fresh.forEach((child, place) => (place < kept.length ? merge(kept[place], child) : old.append(child)));
    kept.slice(fresh.length).forEach((child) => child.remove());
}

async function load(address) {
    const response = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(30000) });
    if (response.redirected) { location.href = response.url; return null; }
    // What is gone, or cannot be, is told by a page of its own; only a server in trouble leaves the last one standing.
    if (response.status >= 500) throw new Error(String(response.status));
    return new DOMParser().parseFromString(await response.text(), "text/html");
}

function isBusy() {
    const live = document.getElementById("live");
    const active = document.activeElement;
    const isEdited = content().contains(active) && active.matches("input, select, textarea");
    return !live || !live.checked || document.hidden || isEdited || String(document.getSelection()) !== "" || document.querySelector("dialog[open]");
}

// What was read is let go of when it is taken over, not when the next is.
async function renew() {
    const page = await load(location.href);
    if (!page) return;
    const next = page.getElementById("content");
    dress(next);
    merge(content(), next);
}

let isWanted = false;
let isLoading = false;

async function refresh() {
    isWanted = true;
    if (isLoading || isBusy()) return;
    isLoading = true;
    try {
        while (isWanted && !isBusy()) {
            isWanted = false;
            await renew();
            document.body.removeAttribute("data-stale");
            // What comes in the meantime is one.
            await new Promise((resolve) => setTimeout(resolve, 1000));
        }
    } catch {
        document.body.setAttribute("data-stale", "true");
    } finally {
        isLoading = false;
    }
}

let source = null;

function follow(address) {
    source = new EventSource(address);
    let wasLost = false;
    source.addEventListener("change", refresh);
    source.addEventListener("open", () => { if (wasLost) refresh(); wasLost = false; });
    source.addEventListener("error", () => {
        wasLost = true;
        // A browser gives up where it was refused; whoever is signed out finds out here.
        if (source.readyState === EventSource.CLOSED) { refresh(); setTimeout(() => follow(address), 10000); }
    });
}

if (document.body.dataset.live) {
    follow(document.body.dataset.live);
    addEventListener("pagehide", () => source.close());
    document.addEventListener("visibilitychange", () => { if (!document.hidden && isWanted) refresh(); });
    document.addEventListener("focusout", () => { if (isWanted) setTimeout(refresh, 300); });
    document.getElementById("live").addEventListener("change", () => { if (isWanted) refresh(); });
    // Lags and rates grow older even where nothing happens.
    setInterval(() => { if (isWanted || !document.hidden) refresh(); }, 20000);
}
setInterval(() => { if (!document.hidden) dress(content()); }, 5000);

// --- What takes longer than a page may: it comes when the page is there.
async function fetchLate(place) {
    try {
        const page = await load(place.dataset.late);
        const next = page && page.getElementById(place.id);
        if (next) { dress(next); place.replaceWith(next); }
    } catch {
        place.removeAttribute("aria-busy");
        place.querySelectorAll(".without-script").forEach((link) => link.classList.remove("without-script"));
    }
}

// --- Histograms.
function tell(bar) { bar.closest("figure").querySelector("[data-readout]").textContent = bar.getAttribute("aria-label"); }

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

// --- Keys and clicks.
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
        document.querySelectorAll("details.menu[open]").forEach((menu) => {
            const hadFocus = menu.contains(document.activeElement);
            menu.open = false;
            if (hadFocus) menu.querySelector("summary").focus();
        });
    }
    const bar = event.target.closest && event.target.closest(".bar");
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
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = "Copied"; });
});
// A menu at the edge of a table that is wider than the window opens beyond the edge.
document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.menu[open]")) event.target.querySelector("ul").scrollIntoView({ block: "nearest", inline: "nearest" });
}, true);
document.addEventListener("change", (event) => { if (event.target.matches("[data-submits]")) event.target.form.submit(); });

dress(document);
document.querySelectorAll("[data-late]").forEach(fetchLate);

// --- A file that is chosen goes into the text field that is sent.
document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.dataset.fills || !input.files.length) return;
    input.files[0].text().then((text) => { document.getElementById(input.dataset.fills).value = text; });
});

// --- A form that asks again by itself for what is not ready yet.
document.querySelectorAll("form[data-again]").forEach((form) => setTimeout(() => form.submit(), 1500));

// --- A form that says, while it is filled in, what sending it would mean.
document.querySelectorAll("form[data-checks]").forEach((form) => {
    let turn = 0;
    form.addEventListener("change", async () => {
        const mine = ++turn;
        await new Promise((resolve) => setTimeout(resolve, 400));
        if (mine !== turn) return;
        const body = new URLSearchParams(new FormData(form));
        body.set("preview", "1");
        const place = document.getElementById(form.dataset.checks);
        place.setAttribute("data-waits", "");
        try {
            const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" }, signal: AbortSignal.timeout(30000) });
            const page = new DOMParser().parseFromString(await response.text(), "text/html");
            const next = page.getElementById(place.id);
            if (mine !== turn || !next) return;
            const fold = place.querySelector("details");
            if (!fold || !fold.open) next.querySelectorAll("details").forEach((details) => { details.open = false; });
            place.replaceChildren(...next.childNodes);
        } catch {
            if (mine === turn) place.textContent = "The server does not answer.";
        } finally {
            if (mine === turn) place.removeAttribute("data-waits");
        }
    });
});

// --- The way to everything by a few letters (Ctrl-K): the list of the page /find in a window over this one.
let palette = null;

function openPalette() {
    if (!palette) {
        palette = document.createElement("dialog");
        palette.className = "palette";
        palette.setAttribute("aria-label", "Find");
        palette.innerHTML = "<form method=\"dialog\"><label for=\"palette-q\" class=\"unseen\">Object, page or Salesforce id</label>"
            + "<input id=\"palette-q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"Object, page or Salesforce id\"></form><div role=\"status\"></div>";
        document.body.append(palette);
        let turn = 0;
        const input = palette.querySelector("input");
        const place = palette.querySelector("div");
        input.addEventListener("input", async () => {
            const mine = ++turn;
            await new Promise((resolve) => setTimeout(resolve, 120));
            if (mine !== turn) return;
            try {
                const page = await load(`/find?q=${encodeURIComponent(input.value)}`);
                if (mine === turn && page) place.replaceChildren(...page.getElementById("found").childNodes);
            } catch { place.textContent = "The server does not answer."; }
        });
        palette.addEventListener("keydown", (event) => {
            const links = [...palette.querySelectorAll("a")];
            const place = links.indexOf(document.activeElement);
            if (event.key === "ArrowDown" && links.length) { links[Math.min(place + 1, links.length - 1)].focus(); event.preventDefault(); }
            if (event.key === "ArrowUp") { (place > 0 ? links[place - 1] : input).focus(); event.preventDefault(); }
            if (event.key === "Enter" && event.target === input) { event.preventDefault(); if (links.length) links[0].click(); }
        });
        palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
    }
    if (palette.open) return;
    palette.showModal();
    const input = palette.querySelector("input");
    input.select();
    input.dispatchEvent(new Event("input"));
}

document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); }
});
document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]") && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openPalette(); }
});
