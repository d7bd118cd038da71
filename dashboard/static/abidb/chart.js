// SPDX-License-Identifier: GPL-2.0-or-later
// Draws every figure that the server put into the page, in the colours of the page, over the server's own drawing; gives
// it buttons and keys for zooming, a link behind every bar, and files to download. Figures are made in Python.
"use strict";
(() => {
  const PAPER = { font: { family: "sans-serif", color: "#1b1f24", size: 13 }, paper_bgcolor: "#ffffff", showlegend: true };
  const coarse = window.matchMedia("(pointer: coarse)").matches;

  const dressed = (place, layout) => {
    const style = getComputedStyle(document.body);
    layout.font = { family: style.fontFamily, color: style.color, size: 0.76 * parseFloat(style.fontSize) };
    layout.hoverlabel = { bgcolor: style.backgroundColor, font: { color: style.color } };
    if (coarse) layout.dragmode = false; // a finger that drags wants to scroll the page
    return layout;
  };

  const draw = (place, told) => {
    const figure = place.closest("figure");
    figure.classList.add("drawn");
    const range = place.layout && place.layout.xaxis.range; // of before, where only the colours are new
    const layout = dressed(place, told.figure.layout);
    if (range && layout.xaxis.range) layout.xaxis.range = range;
    window.Plotly.react(place, told.figure.data, layout, { displayModeBar: false, responsive: true, doubleClick: false, showTips: false });
    return figure;
  };

  // ---- zooming: the x axis is of categories, so places are whole numbers ----
  const LEAST = 12; // as in dashboard/charts.py
  const steps = (place) => place.layout.xaxis.categoryarray || [];
  const view = (place, from, to) => {
    const last = Math.max(steps(place).length, LEAST) - 0.5;
    const width = Math.min(Math.max(to - from, 4), last + 0.5); // also of infinity
    const start = Math.min(Math.max(from, -0.5), last - width);
    window.Plotly.relayout(place, { "xaxis.range": [start, start + width] });
  };
  const ACTS = {
    in: (place, [from, to]) => view(place, from + (to - from) / 4, to - (to - from) / 4),
    out: (place, [from, to]) => view(place, from - (to - from) / 2, to + (to - from) / 2),
    earlier: (place, [from, to]) => view(place, from - (to - from) / 2, to - (to - from) / 2),
    later: (place, [from, to]) => view(place, from + (to - from) / 2, to + (to - from) / 2),
    all: (place) => view(place, -0.5, Infinity),
  };
  const act = (place, name) => ACTS[name](place, place.layout.xaxis.range.map(Number));

  // ---- one upload in words, with a link ----
  const tell = (place, told, version) => {
    const line = place.closest("figure").querySelector("[data-readout]");
    line.textContent = told.said[version] + " ";
    if (told.links[version]) {
      const link = document.createElement("a");
      link.href = told.links[version];
      link.textContent = "What changed";
      line.append(link);
    }
  };

  // ---- one upload chosen, by key or finger: a frame around its bar ----
  const choose = (place, told, at) => {
    const version = steps(place)[at];
    if (version === undefined) return;
    place.dataset.at = at;
    const [from, to] = place.layout.xaxis.range.map(Number);
    const frame = { type: "rect", xref: "x", yref: "paper", x0: at - 0.5, x1: at + 0.5, y0: 0, y1: 1, line: { width: 1.5, color: "#808080" } };
    window.Plotly.relayout(place, { shapes: [frame] });
    if (at < from || at > to) view(place, at - (to - from) / 2, at + (to - from) / 2);
    tell(place, told, version);
  };
  const keys = (place, told) => (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = steps(place).length - 1;
    const at = place.dataset.at === undefined ? last + 1 : Number(place.dataset.at);
    const moves = { ArrowLeft: Math.max(at - 1, 0), ArrowRight: Math.min(at + 1, last), Home: 0, End: last };
    const acts = { "+": "in", "=": "in", "-": "out", "0": "all", PageUp: "earlier", PageDown: "later" };
    if (event.key in moves) choose(place, told, moves[event.key]);
    else if (event.key in acts) act(place, acts[event.key]);
    else if (event.key === "Enter" && told.links[steps(place)[at]]) location.assign(told.links[steps(place)[at]]);
    else return;
    event.preventDefault();
  };

  // ---- files: on white and with its legend, whatever the page looks like; what is in view ----
  const save = (place, told, format) => {
    const layout = { ...place.layout, ...PAPER, shapes: [], title: { text: told.title, subtitle: { text: told.note || "" }, y: 0.97 }, margin: { t: 140, r: 20, b: 30, l: 30 } };
    const size = { width: 1400, height: 800 };
    const wanted = { data: place.data, layout: { ...layout, ...size }, config: {} };
    return window.Plotly.downloadImage(wanted, { format, ...size, filename: told.name });
  };

  const fetched = async (place) => {
    if (place.dataset.figure) return JSON.parse(document.getElementById(place.dataset.figure).textContent);
    const answer = await fetch(place.dataset.source);
    return answer.ok ? answer.json() : null; // without a figure the server's drawing stays
  };

  const start = async (place) => {
    const told = await fetched(place);
    if (!told) return;
    const figure = draw(place, told);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(place, told));
    figure.querySelectorAll("[data-act]").forEach((button) => button.addEventListener("click", () => act(place, button.dataset.act)));
    figure.querySelectorAll("[data-save]").forEach((button) => button.addEventListener("click", () => save(place, told, button.dataset.save)));
    figure.querySelectorAll("[data-tools]").forEach((tools) => { tools.hidden = false; });
    if (!told.links) return;
    place.addEventListener("keydown", keys(place, told));
    place.on("plotly_click", ({ points: [point] }) => {
      if (coarse) choose(place, told, steps(place).indexOf(point.x));
      else if (told.links[point.x]) location.assign(told.links[point.x]);
    });
    place.on("plotly_hover", ({ points: [point] }) => tell(place, told, point.x));
  };

  if (!window.Plotly) return; // the server's drawing stays
  document.querySelectorAll(".chart").forEach(start);
})();
