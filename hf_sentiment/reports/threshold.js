"use strict";
// Fills the table of the threshold slider from the counts in the page.
const counts = JSON.parse(document.getElementById("by-threshold").textContent);
const slider = document.getElementById("threshold");
const table = document.getElementById("at-threshold");
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "-");

function show() {
  const place = Number(slider.value);
  const threshold = counts.thresholds[place].toFixed(2);
  document.getElementById("threshold-value").textContent = threshold;
  slider.setAttribute("aria-valuetext", threshold);
  document.getElementById("decided").textContent = percent(counts.decided[place], counts.rows);
  Object.values(counts.labels).forEach((label, row) => {
    const gave = label.gave[place];
    const right = label.right[place];
    const shown = [
      percent(right, gave),
      percent(right, label.rows),
      percent(2 * right, gave + label.rows),
      gave.toLocaleString("en"),
    ];
    shown.forEach((text, column) => {
      table.tBodies[0].rows[row].cells[column + 1].textContent = text;
    });
  });
}

slider.addEventListener("input", show);
document.getElementById("by-slider").hidden = false;
show();
