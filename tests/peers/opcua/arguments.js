"use strict";

/** Options given as --name value; those whose default is null are required. */
function argumentsOf(words, defaults) {
  const options = { ...defaults };
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i].replace(/^--/, "").replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    if (!(name in defaults) || words[i + 1] === undefined) throw new Error(`Unknown or incomplete option ${words[i]}.`);
    options[name] = words[i + 1];
  }
  const missing = Object.keys(options).filter((name) => options[name] === null);
  if (missing.length) throw new Error(`Missing options: ${missing.join(", ")}.`);
  return options;
}

/** Resolves when standard input ends: the program that started this one has stopped it or is gone. */
function untilInputEnds() {
  return new Promise((resolve) => process.stdin.on("end", resolve).on("error", resolve).resume());
}

module.exports = { argumentsOf, untilInputEnds };
