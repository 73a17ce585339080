// The script of every page: tables that sort, figures that are saved, networks to walk around in.
import { Explorer } from "./explorer.js";
import { downloads } from "./figures.js";
import { sortable } from "./tables.js";

const PAPER = JSON.parse(document.getElementById("paper-colours")?.textContent ?? "{}");

for (const table of document.querySelectorAll("table.sortable")) sortable(table);
for (const figure of document.querySelectorAll("figure[data-name]")) downloads(figure, PAPER);
for (const container of document.querySelectorAll(".explorer")) new Explorer(container);
