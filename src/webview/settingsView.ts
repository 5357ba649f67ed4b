// The settings of training, folded away: each with a line that explains it and, while it is typed, what is wrong.

import { h, type JSX, type TargetedEvent } from "preact";
import type { SettingField } from "../protocol/training";
import { settingFields } from "../settings/trainingSettings";
import type { PanelWords } from "../words/panelWords";
import { memory } from "./figures";
import { box, button, fill, isChoosing, textField, type View } from "./view";

/** All fields, closed until they are asked for; with a fault in one of them it cannot be closed out of sight. */
export function settingsView(view: View): JSX.Element {
  const { words, ui, state } = view;
  const hasErrors = Object.keys(state.settings.errors).length > 0;
  return h(
    "details",
    {
      key: "settings",
      open: ui.isSettingsOpen || hasErrors,
      onToggle: ({
        currentTarget: details,
      }: TargetedEvent<HTMLDetailsElement>) => {
        details.open ||= hasErrors;
        view.change({ isSettingsOpen: details.open });
      },
    },
    h("summary", {}, words.settings),
    h("div", { class: "fields" }, [
      ...settingFields.map((name) => field(name, view)),
    ]),
    box(
      "actions",
      button(words.defaultSettings, () =>
        view.act({ kind: "defaultSettings" }),
      ),
    ),
    prepared(view),
  );
}

/** What training leaves on the disk beside adapters; not offered while it may be needed. */
function prepared(view: View): JSX.Element | undefined {
  const { words, state, locale, act } = view;
  if (state.preparedMb === 0 || !isChoosing(view)) return undefined;
  const size = memory(state.preparedMb, locale);
  return h(
    "div",
    { key: "prepared" },
    h("p", { class: "hint" }, fill(words.prepared, size)),
    box(
      "actions",
      button(fill(words.removePrepared, size), () =>
        act({ kind: "removePrepared" }),
      ),
    ),
  );
}

function field(name: SettingField, view: View): JSX.Element {
  const { values, errors } = view.state.settings;
  const error = errors[name];
  const [label, hint] = settingWords(view.words)[name];
  const id = `setting-${name}`;
  return h(
    "div",
    { key: id, class: "field" },
    h("label", { for: id }, label),
    textField({
      id,
      inputmode: "decimal",
      autocomplete: "off",
      "aria-invalid": error === undefined ? undefined : "true",
      "aria-describedby":
        error === undefined ? `${id}-hint` : `${id}-hint ${id}-error`,
      value: values[name],
      onText: (text) => view.act({ kind: "setting", field: name, text }),
    }),
    h("p", { id: `${id}-hint`, class: "hint" }, hint),
    error !== undefined &&
      h(
        "p",
        {
          key: "error",
          id: `${id}-error`,
          class: "fault",
          role: "alert",
        },
        error,
      ),
  );
}

function settingWords(
  words: PanelWords,
): Record<SettingField, [label: string, hint: string]> {
  return {
    rank: [words.rank, words.rankHint],
    epochs: [words.epochs, words.epochsHint],
    maxMinutes: [words.maxMinutes, words.maxMinutesHint],
    learningRate: [words.learningRate, words.learningRateHint],
    lastLayers: [words.lastLayers, words.lastLayersHint],
    blockTokens: [words.blockTokens, words.blockTokensHint],
  };
}
