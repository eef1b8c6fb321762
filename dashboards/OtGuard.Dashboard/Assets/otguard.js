"use strict";
// What a page cannot do from the server: cookies of the reader's choice, keys, trends, dialogs.
window.otguard = (() => {
  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
  };

  // The page answers from now on; told what only the browser knows.
  const begin = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    keep("otguard-zone", zone);
    document.documentElement.dataset.live = "";
    return zone;
  };

  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  document.addEventListener("click", event => {
    const button = event.target.closest("[data-otguard]");
    if (!button) return;
    if (button.dataset.otguard === "theme") {
      const theme = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = theme;
      keep("otguard-theme", theme);
      for (const trend of trends.values()) trend.draw();
    } else if (button.dataset.otguard === "language") {
      keep("otguard-language", button.dataset.value);
      location.reload();
    }
  });

  // Keys of the page that is open: told to it, unless somebody writes.
  let listener = null;
  const isWriting = target => target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]");
  document.addEventListener("keydown", event => {
    if (!listener || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { search.focus(); event.preventDefault(); }
      return;
    }
    if (!listener.keys.includes(event.key)) return;
    if (event.key === "Enter" && event.target.closest("button, a")) return;
    if (event.key === " ") event.preventDefault();
    listener.page.invokeMethodAsync("OnKey", event.key);
  });
  const listen = (page, keys) => { listener = { page, keys }; };
  const unlisten = () => { listener = null; };

  // A frame taken apart: a field and its bytes are marked together, by the pointer and by the keyboard's place.
  const mark = target => {
    const box = target.closest("[data-dissection]");
    if (!box) return;
    for (const lit of box.querySelectorAll(".lit")) lit.classList.remove("lit");
    const field = target.closest("[data-field]"), byte = target.closest("[data-byte]");
    if (field) {
      field.classList.add("lit");
      const from = Number(field.dataset.from), to = Number(field.dataset.to);
      const bytes = box.querySelectorAll("[data-byte]");
      for (let at = from; at < to; at++) bytes[at]?.classList.add("lit");
      if (to > from) reveal(bytes[from]);
    } else if (byte) {
      byte.classList.add("lit");
      const at = Number(byte.dataset.byte);
      let last = null;
      for (const one of box.querySelectorAll("[data-field]")) {
        if (Number(one.dataset.from) > at || Number(one.dataset.to) <= at) continue;
        one.classList.add("lit");
        last = one;
      }
      reveal(last);
    }
  };
  // Within its own box: the page stays where the reader is.
  const reveal = element => {
    const box = element?.closest("[data-roving]");
    if (!box) return;
    const inner = element.getBoundingClientRect(), outer = box.getBoundingClientRect();
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
  };
  document.addEventListener("mouseover", event => mark(event.target));
  document.addEventListener("focusin", event => mark(event.target));

  // Arrow keys within a list of which one place at a time is reached by Tab; sixteen a line in a grid.
  document.addEventListener("keydown", event => {
    const box = event.target.closest("[data-roving]");
    if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = box.dataset.roving === "grid" ? 16 : 1;
    const by = { ArrowDown: line, ArrowUp: -line, ArrowRight: 1, ArrowLeft: -1, Home: -1e6, End: 1e6 }[event.key];
    if (!by) return;
    const places = [...box.querySelectorAll("[data-rove]")];
    if (places.length === 0) return;
    const at = places.indexOf(event.target.closest("[data-rove]"));
    const to = places[at < 0 ? 0 : Math.min(Math.max(at + by, 0), places.length - 1)];
    for (const place of places) if (place.tabIndex === 0) place.tabIndex = -1;
    to.tabIndex = 0;
    to.focus({ preventScroll: true });
    reveal(to);
    event.preventDefault();
  });

  const show = id => {
    const row = document.getElementById(id);
    if (row) row.scrollIntoView({ block: "nearest" });
  };
  const scrollTo = (id, top) => {
    const box = document.getElementById(id);
    if (!box) return;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + 64 > box.scrollTop + box.clientHeight) box.scrollTop = top + 64 - box.clientHeight;
  };
  const open = id => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
  };
  const close = id => {
    const dialog = document.getElementById(id);
    if (dialog && dialog.open) dialog.close();
  };

  // Trends: one canvas each, with the learned band behind and deviations marked by a line with a triangle.
  const trends = new Map();
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const plot = (id, data, options) => {
    const box = document.getElementById(id);
    if (!box) return;
    trends.get(id)?.destroy();
    box.replaceChildren();
    const zone = options.zone || "UTC";
    // Twenty-four hours, wherever the browser is from; the day where steps are days.
    const stampOf = (at, step) => {
      const text = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at * 1e3);
      return step >= 86400 ? text.slice(0, 10) : step < 60 ? text.slice(11) : text.slice(11, 16);
    };
    const inZone = stamp => uPlot.tzDate(new Date(stamp * 1e3), zone);
    const chart = new uPlot({
      width: Math.max(320, box.clientWidth), height: options.height || 220,
      tzDate: inZone,
      legend: { show: true },
      axes: [
        { stroke: () => colour("--text"), grid: { stroke: () => colour("--line"), width: 0.5 }, font: "12px system-ui", space: 90,
          values: (u, splits, axis, space, step) => splits.map(at => stampOf(at, step)) },
        { stroke: () => colour("--text"), grid: { stroke: () => colour("--line"), width: 0.5 }, font: "12px system-ui", size: 64 },
      ],
      series: [
        { label: options.timeLabel, value: (u, at) => at == null ? "–" : stampOf(at, 1) },
        { label: options.label, stroke: () => colour("--plot"), width: 1.5, points: { size: 4 } },
      ],
      hooks: {
        drawClear: [u => {
          if (options.low == null || options.high == null) return;
          const top = u.valToPos(options.high, "y", true), bottom = u.valToPos(options.low, "y", true);
          u.ctx.fillStyle = colour("--band");
          u.ctx.fillRect(u.bbox.left, Math.min(top, bottom), u.bbox.width, Math.max(2, Math.abs(bottom - top)));
        }],
        draw: [u => {
          u.ctx.strokeStyle = u.ctx.fillStyle = colour("--critical");
          for (const mark of options.marks || []) {
            const x = u.valToPos(mark, "x", true);
            if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
            u.ctx.beginPath();
            u.ctx.moveTo(x, u.bbox.top);
            u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
            u.ctx.stroke();
            u.ctx.beginPath();
            u.ctx.moveTo(x - 6, u.bbox.top);
            u.ctx.lineTo(x + 6, u.bbox.top);
            u.ctx.lineTo(x, u.bbox.top + 10);
            u.ctx.fill();
          }
        }],
      },
      scales: { y: { range: (u, min, max) => {
        const low = Math.min(min ?? 0, options.low ?? min ?? 0), high = Math.max(max ?? 1, options.high ?? max ?? 1);
        const room = (high - low || 1) * 0.08;
        return [low - room, high + room];
      } } },
    }, data, box);
    trends.set(id, { draw: () => chart.redraw(), destroy: () => { chart.destroy(); trends.delete(id); }, chart, box });
  };
  const unplot = id => trends.get(id)?.destroy();
  addEventListener("resize", () => {
    for (const { chart, box } of trends.values()) chart.setSize({ width: Math.max(320, box.clientWidth), height: chart.height });
  });

  return { begin, listen, unlisten, show, scrollTo, open, close, plot, unplot };
})();
