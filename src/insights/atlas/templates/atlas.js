"use strict";
// What people wrote comes in as JSON and goes out as text nodes: nothing here parses it as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function put(parent, tag, attributes, text) {
  const made = parent instanceof SVGElement || tag === "svg"
    ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.appendChild(made);
  return made;
}

const plural = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const people = (number) => plural(number, "person", "people");
const posts = (number) => plural(number, "post", "posts");
const day = (text) => new Date(text).toLocaleDateString("en-GB",
  { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

// The largest topics get hues that are far apart; lightness alternates, so neighbours differ too.
const dark = matchMedia("(prefers-color-scheme: dark)");
function colour(place, alpha) {
  const hue = (place * 137.508 + 222) % 360;
  const step = Math.floor(place / 3) % 3;
  const light = dark.matches ? [68, 58, 76][step] : [44, 54, 36][step];
  const strong = [68, 58, 50][place % 3];
  return `hsl(${hue.toFixed(1)} ${strong}% ${light}%${alpha === undefined ? "" : ` / ${alpha}`})`;
}
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const places = new Map(data.topics.map((topic, place) => [topic.id, place]));
byId("facts").textContent =
  `${posts(data.posts)}, ${plural(data.topics.length, "topic", "topics")}, as of ${day(data.as_of)}`;

// Tabs: arrow keys move between them, as screen readers expect.
const tabs = [...document.querySelectorAll("[role=tab]")];
const shown = new Set();
function show(tab) {
  for (const other of tabs) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = !on;
  }
  const name = tab.getAttribute("aria-controls");
  history.replaceState(null, "", `#=${name}`);
  if (!shown.has(name)) { shown.add(name); ({ map: startMap, time: drawTime, lineage: drawLineage })[name](); }
}
tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => show(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    next.focus();
    show(next);
  });
});
