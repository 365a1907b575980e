"use strict";
// Everything here is an addition: without it the page shows the same numbers and plots. `draws` holds some of each run's draws.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const button = (text, onclick, more = {}) => make("button", { type: "button", onclick, ...more }, text);
  const short = (x, digits = 5) => {
    const rounded = Number(x.toPrecision(digits));
    return Math.abs(rounded) >= 1e6 ? rounded.toExponential() : String(rounded);
  };
  const probe = document.body.appendChild(make("span", { hidden: true }));
  const colour = name => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };

  // ---- Light and dark -------------------------------------------------------------------------------------------------------------------
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const other = () => (isDark() ? "Light" : "Dark");
  const turn = () => {
    root.dataset.theme = other().toLowerCase();
    theme.textContent = other();
    redraw();
  };
  const theme = button(other(), turn, { id: "theme" });
  document.querySelector("header").prepend(theme);

  // ---- Tables: sort by a column, filter rows --------------------------------------------------------------------------------------------
  const number = text => {
    const found = /-?\d[\d.]*(e[-+]?\d+)?/.exec(text.replace("−", "-"));
    const power = /\)e([-+]?\d+)/.exec(text);
    return found ? Number(found[0]) * 10 ** (power ? Number(power[1]) : 0) : -Infinity;
  };
  for (const table of all("table.sortable")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 3 || table.closest(".settings")) continue;
    all("thead th", table).forEach((head, column) => {
      head.replaceChildren(button(head.textContent, () => {
        const order = head.ariaSort === "ascending" ? "descending" : head.ariaSort === "descending" ? "none" : "ascending";
        all("thead th", table).forEach(other => other.removeAttribute("aria-sort"));
        if (order !== "none") head.ariaSort = order;
        const text = row => row.cells[column].textContent.trim();
        const numeric = head.classList.contains("number");
        const compare = (a, b) => (numeric ? number(text(a)) - number(text(b)) || 0 : text(a).localeCompare(text(b)));
        const sorted = order === "none" ? rows : [...rows].sort((a, b) => (order === "ascending" ? compare(a, b) : compare(b, a)));
        body.append(...sorted);
      }, { title: "Sort" }));
    });
    if (rows.length < 8) continue;
    const filter = make("input", { type: "search", placeholder: "Filter rows", ariaLabel: `Filter rows: ${table.caption.textContent}` });
    filter.oninput = () => {
      const words = filter.value.toLowerCase().split(/\s+/);
      for (const row of rows) row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
    };
    table.caption.append(filter);
  }

  // ---- Plots: natural size on request ---------------------------------------------------------------------------------------------------
  for (const figure of all("figure.large")) {
    const resize = event => {
      event.target.textContent = figure.classList.toggle("full") ? "Fit" : "Full size";
      redraw();
    };
    figure.querySelector("figcaption").prepend(button("Full size", resize, { className: "enlarge" }));
  }

  // ---- Draws ----------------------------------------------------------------------------------------------------------------------------
  const transforms = { identity: x => x, log10_abs: x => Math.log10(Math.abs(x)), abs: Math.abs, positive: x => Number(x > 0) };
  const decode = (type, text) => new type(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
  const data = document.getElementById("draws");
  const runs = data ? JSON.parse(data.textContent) : [];
  runs.forEach((run, place) => {
    run.points = decode(Float64Array, run.points);
    run.predictions = decode(Float32Array, run.predictions);
    run.cache = {};
    run.chosen = new Uint8Array(run.count).fill(1);
    run.colour = () => colour(runs.length > 1 ? `--run-${(place % 4) + 1}` : "--accent");
  });
  const values = (run, name) => {
    if (!(name in run.cache) && name in run.quantities) {
      const [source, column, transform] = run.quantities[name];
      run.cache[name] = Float64Array.from(run[source].subarray(column * run.count, (column + 1) * run.count), transforms[transform]);
    }
    return run.cache[name];
  };
  const quantile = (sorted, share) => {
    const place = share * (sorted.length - 1), below = Math.floor(place);
    return sorted[below] + (place - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
  };

  let brushes = []; // each { name, low, high }: what is chosen lies in all of them
  let point = null; // { run, index }: the draw that is shown in all panels
  let pinned = false;
  let interval = ""; // what the interval says that is pointed at

  const status = make("output", { id: "status" });
  const copy = button("Copy point as JSON", () => copyPoint());
  const clear = button("Clear", () => choose([]));
  const copied = make("textarea", { id: "copied", readOnly: true, hidden: true, rows: 3, ariaLabel: "The point as JSON" });
  const bar = make("div", { id: "bar", hidden: true }, status, copy, clear, copied);
  document.body.append(bar);

  // All parameters in full precision, as `lqbayes predict` reads them.
  const pointOf = ({ run, index }) => ({
    ...Object.fromEntries(run.parameters.map((name, column) => [name, run.points[column * run.count + index]])),
    ...run.fixed,
  });
  async function copyPoint() {
    if (!point) return;
    copied.value = JSON.stringify(pointOf(point), null, 1);
    try {
      await navigator.clipboard.writeText(copied.value);
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy point as JSON"), 1500);
    } catch { // no permission, or an old browser: it can be copied by hand
      copied.hidden = false;
      copied.select();
    }
  }

  function choose(next) {
    brushes = next;
    if (!next.length) [point, pinned, copied.hidden] = [null, false, true];
    for (const run of runs) {
      run.chosen.fill(1);
      for (const { name, low, high } of brushes) {
        const x = values(run, name);
        for (let k = 0; k < run.count; k++) if (!x || x[k] < low || x[k] > high) run.chosen[k] = 0;
      }
    }
    redraw();
  }

  const count = run => run.chosen.reduce((sum, x) => sum + x, 0);
  function describe() {
    const parts = [];
    if (brushes.length) {
      parts.push(runs.map(r => `${runs.length > 1 ? `${r.name}: ` : ""}${count(r)} of ${r.count} draws chosen`).join("; "));
      parts.push(brushes.map(({ name, low, high }) => `${name} ${short(low)} .. ${short(high)}`).join(", "));
    }
    if (point) {
      const names = plots[0].panels.filter(panel => !panel.up).map(panel => panel.across[0]).filter(name => values(point.run, name));
      const numbers = names.map(name => `${name} ${short(values(point.run, name)[point.index])}`).join(", ");
      parts.push(`${runs.length > 1 ? `${point.run.name}, ` : ""}draw ${point.index + 1}: ${numbers}`);
    }
    if (interval) parts.push(interval);
    status.textContent = parts.join("; ");
    bar.hidden = !parts.length;
    copy.disabled = !point;
    for (const strip of all("svg.strip")) {
      const { quantity: name, low, high } = strip.dataset;
      const place = x => Math.min(Math.max((100 * (x - low)) / (high - low), 0), 100);
      const [chosen, dot] = [strip.querySelector(".chosen"), strip.querySelector(".shown")];
      const run = runs[0], x = run && values(run, name);
      const sorted = x && brushes.length ? [...x].filter((_, k) => run.chosen[k]).sort((a, b) => a - b) : [];
      chosen.setAttribute("visibility", sorted.length ? "visible" : "hidden");
      const words = strip.parentElement.querySelector("output");
      words.textContent = "";
      if (sorted.length) {
        const [left, middle, right] = [0.16, 0.5, 0.84].map(share => quantile(sorted, share));
        chosen.setAttribute("x1", `${place(left)}%`);
        chosen.setAttribute("x2", `${place(right)}%`);
        words.textContent = `chosen: ${short(middle, 3)}, ${short(left, 3)} .. ${short(right, 3)}`;
      }
      dot.setAttribute("visibility", point && x && point.run === run ? "visible" : "hidden");
      if (point && x && point.run === run) dot.setAttribute("cx", `${place(x[point.index])}%`);
    }
  }

  // ---- Intervals: what they say, also to those who come by keyboard ---------------------------------------------------------------------
  for (const strip of all("svg.strip")) {
    const words = strip.querySelector("title");
    const pointAt = text => () => {
      interval = text;
      describe();
    };
    strip.onpointerenter = strip.onfocus = pointAt(words.textContent);
    strip.onpointerleave = strip.onblur = pointAt("");
    words.remove(); // else the browser shows it too; without this script it does
  }

  // ---- Panels: a canvas above each plot, whose image stays as it is ---------------------------------------------------------------------
  // Each panel: [left, top, width, height] as shares of the image, the quantity across with its ends, the quantity up with its (or null).
  const plots = all("[data-panels]").map(box => {
    const image = box.querySelector("img");
    const keys = "Shift and drag for one more range; arrow keys step through the draws, C copies one, Escape clears.";
    const canvas = make("canvas", { tabIndex: 0, ariaLabel: `${image.alt} ${keys}` });
    canvas.setAttribute("role", "application");
    image.after(canvas);
    const hint = " Point at a draw to see it in all plots, click to keep it, drag to choose draws.";
    box.parentElement.querySelector("figcaption").append(make("span", { className: "hint" }, hint));
    const panels = JSON.parse(box.dataset.panels).map(([place, across, up]) => ({ place, across, up }));
    return { image, canvas, panels, box, drag: null };
  });

  function frame({ image }, { place }) {
    return [place[0] * image.clientWidth, place[1] * image.clientHeight, place[2] * image.clientWidth, place[3] * image.clientHeight];
  }
  const along = ([, low, high], x) => (x - low) / (high - low);

  function paint(plot) {
    const { canvas, image, panels } = plot;
    const near = image.getBoundingClientRect();
    if (near.bottom < -200 || near.top > innerHeight + 200) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [image.clientWidth, image.clientHeight];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio))
      Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    for (const panel of panels) {
      const [left, top, w, h] = frame(plot, panel), { across, up } = panel;
      pen.save();
      pen.beginPath();
      pen.rect(left, top, w, h);
      pen.clip();
      for (const run of brushes.length ? runs : []) {
        const x = values(run, across[0]), y = up && values(run, up[0]);
        if (!x || (up && !y)) continue;
        pen.fillStyle = pen.strokeStyle = run.colour();
        if (up) {
          for (let k = 0; k < run.count; k++)
            if (run.chosen[k]) pen.fillRect(left + along(across, x[k]) * w - 0.9, top + (1 - along(up, y[k])) * h - 0.9, 1.8, 1.8);
        } else {
          const bins = new Array(36).fill(0);
          for (let k = 0; k < run.count; k++) if (run.chosen[k]) bins[Math.floor(along(across, x[k]) * 36)]++;
          const highest = Math.max(...bins, 1);
          pen.lineWidth = 1.5;
          pen.beginPath();
          bins.forEach((n, k) => {
            pen.lineTo(left + (k / 36) * w, top + h - (n / highest) * 0.93 * h);
            pen.lineTo(left + ((k + 1) / 36) * w, top + h - (n / highest) * 0.93 * h);
          });
          pen.stroke();
        }
      }
      pen.strokeStyle = colour("--ink");
      pen.lineWidth = 1;
      const ends = ax => brushes.find(brush => ax && brush.name === ax[0]);
      const [bx, by] = [ends(across), ends(up)];
      if ((up && bx && by) || (!up && bx)) {
        const [x0, x1] = [bx.low, bx.high].map(x => left + along(across, x) * w);
        const [y0, y1] = up ? [by.high, by.low].map(y => top + (1 - along(up, y)) * h) : [top, top + h];
        pen.setLineDash([4, 3]);
        pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
        pen.setLineDash([]);
      }
      if (point && values(point.run, across[0])) {
        const x = left + along(across, values(point.run, across[0])[point.index]) * w;
        pen.lineWidth = 2;
        pen.beginPath();
        if (up) pen.arc(x, top + (1 - along(up, values(point.run, up[0])[point.index])) * h, 4.5, 0, 7);
        else [pen.moveTo(x, top), pen.lineTo(x, top + h)];
        pen.stroke();
      }
      pen.restore();
    }
  }
  let waiting = false;
  function redraw() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      plots.forEach(paint);
      describe();
    }, 10);
  }

  const panelAt = (plot, x, y) =>
    plot.panels.find(panel => {
      const [left, top, w, h] = frame(plot, panel);
      return x >= left && x <= left + w && y >= top && y <= top + h;
    });
  function nearest(plot, panel, x, y) {
    let best = null, least = 12 ** 2;
    const [left, top, w, h] = frame(plot, panel);
    for (const run of runs) {
      const [u, v] = [values(run, panel.across[0]), panel.up && values(run, panel.up[0])];
      if (!u || (panel.up && !v)) continue;
      for (let index = 0; index < run.count; index++) {
        if (!run.chosen[index]) continue;
        const dx = left + along(panel.across, u[index]) * w - x;
        const dy = panel.up ? top + (1 - along(panel.up, v[index])) * h - y : 0;
        if (dx * dx + dy * dy < least) [least, best] = [dx * dx + dy * dy, { run, index }];
      }
    }
    return best;
  }

  for (const plot of plots) {
    const { canvas } = plot;
    const at = event => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.onpointerdown = event => {
      const [x, y] = at(event), panel = panelAt(plot, x, y);
      if (!panel || event.button) return;
      plot.drag = { panel, x, y, before: event.shiftKey ? brushes : [], moved: false };
      try { canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone */ }
    };
    canvas.onpointermove = event => {
      const [x, y] = at(event), { drag } = plot;
      if (drag && (drag.moved || Math.hypot(x - drag.x, y - drag.y) > 4)) {
        drag.moved = true;
        const [left, top, w, h] = frame(plot, drag.panel), { across, up } = drag.panel;
        const range = ([name, low, high], ...shares) => {
          const [a, b] = shares.sort((u, v) => u - v);
          return { name, low: low + a * (high - low), high: low + b * (high - low) };
        };
        const next = [range(across, (drag.x - left) / w, (x - left) / w)];
        if (up) next.push(range(up, 1 - (drag.y - top) / h, 1 - (y - top) / h));
        choose([...drag.before.filter(brush => !next.some(other => other.name === brush.name)), ...next]);
      } else if (!pinned) {
        const panel = panelAt(plot, x, y);
        point = panel ? nearest(plot, panel, x, y) : null;
        redraw();
      }
    };
    canvas.onpointerup = event => {
      const { drag } = plot;
      plot.drag = null;
      if (!drag || drag.moved) return;
      point = nearest(plot, drag.panel, ...at(event));
      pinned = Boolean(point);
      if (point) redraw();
      else choose([]);
    };
    canvas.onpointercancel = () => (plot.drag = null);
    canvas.onpointerleave = () => {
      if (!pinned && !plot.drag) [point] = [null, redraw()];
    };
    canvas.onkeydown = event => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        const run = point ? point.run : runs.find(r => count(r));
        if (!run || !count(run)) return;
        // In the order of the plot's first quantity.
        const x = values(run, plot.panels[0].across[0]);
        const order = [...run.chosen.keys()].filter(k => run.chosen[k]).sort((a, b) => x[a] - x[b]);
        const place = point ? order.indexOf(point.index) : -1;
        point = { run, index: order[(place + step + order.length) % order.length] };
        pinned = true;
        redraw();
        event.preventDefault();
      } else if (event.key === "Escape") choose([]);
      else if (event.key === "c" && !event.ctrlKey && !event.metaKey) copyPoint();
    };
  }

  // ---- Ranges without a pointer ---------------------------------------------------------------------------------------------------------
  if (runs.length && plots.length) {
    const options = Object.keys(runs[0].quantities).map(name => make("option", { value: name }, name));
    const select = make("select", { ariaLabel: "Quantity" }, ...options);
    const [low, high] = ["from", "to"].map(word => make("input", { type: "number", step: "any", placeholder: word, ariaLabel: word }));
    const buttons = [make("button", {}, "Add range"), button("Clear", () => choose([]))];
    const form = make("form", { id: "ranges" }, "Choose draws: ", select, low, high, ...buttons);
    form.onsubmit = event => {
      event.preventDefault();
      const end = (input, otherwise) => (input.value === "" ? otherwise : Number(input.value));
      const name = select.value;
      choose([...brushes.filter(brush => brush.name !== name), { name, low: end(low, -Infinity), high: end(high, Infinity) }]);
    };
    plots[0].box.parentElement.after(form);
    addEventListener("scroll", redraw, { passive: true });
    new ResizeObserver(redraw).observe(document.body);
  }
})();
