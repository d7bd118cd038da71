// SPDX-License-Identifier: GPL-2.0-or-later
// Draws every figure that the server put into the page, in the colours of the page.
"use strict";
(() => {
  const draw = (place) => {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    const style = getComputedStyle(document.body);
    figure.layout.font = { family: style.fontFamily, color: style.color, size: 12 };
    figure.layout.showlegend = place.clientWidth > 600; // on a phone the page's own legend stands in
    figure.layout.hoverlabel = { bgcolor: style.backgroundColor, font: { color: style.color } };
    window.Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
  };
  const drawAll = () => document.querySelectorAll("[data-figure]").forEach(draw);
  drawAll();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
