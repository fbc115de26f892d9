"""Every command of the window: name, keys, words. What they do is connected in ``commands.py``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from memviz.gui.icons import icon
from memviz.gui.theme import Colors


@dataclass(frozen=True, slots=True)
class Command:
    """A command as menus, tooltips and the list of keys show it.

    Attributes:
        name: how the code calls it.
        words: of its menu item.
        tip: one sentence.
        keys: shortcuts, the first one is shown.
        menu: of the menu bar; empty: none.
        icon: file in ``resources/icons``, or empty.
        bare: the keys are those of typing (Space, arrows): they count only where nothing is typed.
        other_keys: keys that another widget handles itself, to be shown.
        checkable: it is on or off.
    """

    name: str
    words: str
    tip: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    icon: str = ""
    bare: tuple[str, ...] = ()
    other_keys: str = ""
    checkable: bool = False

    def shown_keys(self) -> str:
        """All its keys in words."""
        return ", ".join((*self.bare, *self.keys)) or self.other_keys


SEPARATOR = Command("", "", "")

COMMANDS: tuple[Command, ...] = (
    Command(
        "open_model",
        "Open a M&odel …",
        "Choose a model: what is on this machine, a folder, or a name on the Hugging Face hub",
        ("Ctrl+O",),
        "File",
        "model",
    ),
    Command("open_memory", "Open &Memory …", "Open a memory file", ("Ctrl+Shift+O",), "File", "memory"),
    Command(
        "open_server",
        "Open Memory on a &Server …",
        "Open a memory on a Redis server or cluster that others may edit too",
        (),
        "File",
    ),
    Command("new_memory", "&New Memory …", "Make an empty memory file and open it", ("Ctrl+Shift+N",), "File"),
    Command(
        "load_queries", "&Load Questions …", "Load a text file with one question a line", ("Ctrl+L",), "File", "open"
    ),
    Command("train", "&Train a Network …", "Train a memory network on your own data, and watch its loss", (), "File"),
    Command("quit", "&Quit", "Close the window", ("Ctrl+Q",), "File"),
    Command("undo", "&Undo Edit", "Take back the last change of the memory", ("Ctrl+Z",), "Edit", "undo"),
    Command("redo", "&Redo Edit", "Do what was undone again", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo"),
    Command(
        "paste_entries",
        "&Paste As Entries",
        "Add the rows or lines on the clipboard as new entries",
        (),
        "Edit",
        other_keys="Ctrl+V in the table",
    ),
    Command("copy_json", "Copy Entries As &JSON", "Copy the chosen entries with all their fields", (), "Edit"),
    Command(
        "select_all",
        "Select &All Entries",
        "Choose every row of the table",
        (),
        "Edit",
        other_keys="Ctrl+A in the table",
    ),
    Command("find", "&Find Entry", "Search the entries of the memory", ("Ctrl+F",), "Edit", "search"),
    Command(
        "replace_entries",
        "Find and R&eplace …",
        "Replace words in many entries, with a look before",
        ("Ctrl+H",),
        "Edit",
    ),
    Command("set_fields", "&Set Fields …", "Set fields of many entries to the same value", (), "Edit"),
    Command("tag_entries", "&Tags …", "Add tags to many entries, or remove them", (), "Edit"),
    Command("confidence_entries", "C&onfidence …", "Multiply or bound the confidence of many entries", (), "Edit"),
    Command("merge_entries", "&Merge Entries …", "Make the entries chosen in the table one", ("Ctrl+M",), "Edit"),
    Command("duplicates", "Find &Duplicates …", "Entries that say the same, or nearly", (), "Edit"),
    Command(
        "history",
        "&History …",
        "Every change of the memory: who, what and when, and the way back to it",
        ("Ctrl+Shift+H",),
        "Edit",
    ),
    Command(
        "copy_answer",
        "&Copy Answer",
        "Copy the answer, or what is selected in it, as plain text",
        ("Ctrl+Shift+C",),
        "Edit",
        bare=("Ctrl+C",),
    ),
    Command(
        "ask", "&Ask", "Ask what stands in the question box", ("Ctrl+Return", "F5"), "Run", "ask", other_keys="Return"
    ),
    Command("focus_query", "&Edit Question", "Go to the question box", ("Ctrl+K",), "Run"),
    Command(
        "previous_query", "P&revious Question", "Show the previous question and its answer", ("Ctrl+Up",), "Run", "up"
    ),
    Command("next_query", "&Next Question", "Show the next question and its answer", ("Ctrl+Down",), "Run", "down"),
    Command("first", "F&irst Step", "Go to the first step", (), "Run", "first", bare=("Home",)),
    Command("back", "Step &Back", "Go one step back", ("Shift+F10",), "Run", "back", bare=("Left",)),
    Command(
        "play",
        "&Play or Pause",
        "Pause or resume a running model; play an answer back",
        ("F8",),
        "Run",
        "play",
        bare=("Space",),
    ),
    Command(
        "forward",
        "Step For&ward",
        "Go one step on; a paused model makes one more token",
        ("F10",),
        "Run",
        "forward",
        bare=("Right",),
    ),
    Command("last", "&Last Step", "Go to the newest step", (), "Run", "last", bare=("End",)),
    Command(
        "follow", "&Follow", "Keep the newest step in view while the model answers", (), "Run", "follow", checkable=True
    ),
    Command(
        "cancel", "&Cancel", "Stop the running question or job; what was read so far stays", ("Esc",), "Run", "cancel"
    ),
    Command(
        "run_options",
        "&Options …",
        "Tokens, temperature, seed and number of entries of the next question",
        ("Ctrl+,",),
        "Run",
    ),
    Command("template", "Prompt &Template …", "How entries and question become the prompt", ("Ctrl+T",), "Run"),
    Command(
        "edit_fact",
        "E&dit a Fact …",
        "Change one fact in the model’s weights, see what else changes, and take it back",
        (),
        "Run",
    ),
    Command(
        "save_weights",
        "Save Changed Wei&ghts As …",
        "Write the model with its edited facts and scaled neurons into a new folder; the old one stays",
        (),
        "Run",
    ),
    Command("add_entry", "&Add Entry", "Add an entry to the memory", ("Ctrl+N",), "Memory", "add", other_keys="Ins"),
    Command(
        "delete_entries",
        "&Delete Entries",
        "Delete the entries chosen in the table; this can be undone",
        (),
        "Memory",
        "delete",
        other_keys="Del",
    ),
    Command(
        "toggle_entries",
        "&Enable or Disable",
        "A disabled entry stays in the memory and is not recalled",
        ("Ctrl+E",),
        "Memory",
        "enable",
    ),
    Command(
        "forget_entries",
        "For&get Entries …",
        "Take entries out of every place of the memory, with a receipt; this cannot be undone",
        (),
        "Memory",
    ),
    Command(
        "import_entries",
        "Import &Files …",
        "Import entries from files: JSON lines, CSV, Parquet, text, Markdown; files can also be dropped on the table",
        ("Ctrl+I",),
        "Memory",
    ),
    Command(
        "export_entries",
        "E&xport …",
        "Write entries into a file: all, those in the table, or the selected ones; also redacted",
        ("Ctrl+Shift+E",),
        "Memory",
    ),
    Command(
        "why_not",
        "&Why Not Recalled?",
        "Say why the chosen entry is not in the prompt, and what would bring it back",
        ("Ctrl+Shift+Y",),
        "Memory",
    ),
    Command(
        "recall",
        "&Recall …",
        "How this memory is recalled: ranking, decay, and what will be forgotten",
        ("Ctrl+R",),
        "Memory",
    ),
    Command(
        "measure_recall",
        "&Measure Recall …",
        "Ask the memory questions of which you know the evidence, and see how much of it is recalled",
        (),
        "Memory",
    ),
    Command(
        "conflicts",
        "C&onflicts …",
        "Entries that contradict each other: see them side by side, and settle them",
        ("Ctrl+Shift+K",),
        "Memory",
    ),
    Command(
        "compare_policies",
        "Compare &Policies …",
        "What each policy for conflicts recalls and answers, side by side, before one is chosen",
        (),
        "Memory",
    ),
    Command(
        "chat", "&Chat", "Talk with the model; what is said becomes part of the memory", ("Ctrl+J",), "Memory", "chat"
    ),
    Command(
        "load_dialogue",
        "&Load a Dialogue …",
        "Load a file of dialogues, to step through it or to take in all of it",
        (),
        "Memory",
        "open",
    ),
    Command("step_dialogue", "&Step Turn", "Read the next turn of the dialogue", ("F9",), "Memory", "forward"),
    Command("rest_of_dialogue", "Res&t of Dialogue", "Take in all that is left of the dialogue", (), "Memory", "last"),
    Command("new_session", "New Sess&ion", "Begin a new sitting: the short-term buffer is empty", (), "Memory", "add"),
    Command(
        "mask_private",
        "&Mask Private Entries",
        "Hide what private entries say, everywhere in the window; exports mask them anyway",
        (),
        "View",
        checkable=True,
    ),
    Command("reset_layout", "&Reset Layout", "Put all panels back to their places", (), "View"),
    Command("shortcuts", "&Keyboard Shortcuts", "List every command with its keys", ("F1",), "Help"),
    Command("about", "&About memviz", "Version and licences", (), "Help"),
)
#: Commands after which a menu draws a line.
GROUP_ENDS = frozenset(
    {
        "new_memory",
        "load_queries",
        "train",
        "redo",
        "select_all",
        "find",
        "confidence_entries",
        "history",
        "ask",
        "focus_query",
        "next_query",
        "follow",
        "cancel",
        "template",
        "forget_entries",
        "export_entries",
        "measure_recall",
        "compare_policies",
        "shortcuts",
    }
)


class Actions(QObject):
    """One :class:`QAction` for each command, by name. GUI thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(command.words, self)
            keys = command.shown_keys()
            action.setToolTip(f"{command.tip} ({keys})" if keys else command.tip)
            action.setIconText(command.words.replace("&", "").replace(" …", ""))
            action.setStatusTip("")
            action.setCheckable(command.checkable)
            if command.bare:
                action.setShortcuts([QKeySequence(key) for key in (*command.bare, *command.keys)])
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            else:
                action.setShortcuts([QKeySequence(key) for key in command.keys])
            if command.name == "quit":
                action.setMenuRole(QAction.MenuRole.QuitRole)
            if command.name == "about":
                action.setMenuRole(QAction.MenuRole.AboutRole)
            self._actions[command.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def in_menu(self, menu: str) -> Iterator[QAction | None]:
        """The actions of a menu in order; None stands for a line."""
        for command in COMMANDS:
            if command.menu == menu:
                yield self._actions[command.name]
                if command.name in GROUP_ENDS:
                    yield None

    def bare(self) -> list[QAction]:
        """Actions whose keys count only where nothing is typed."""
        return [self._actions[command.name] for command in COMMANDS if command.bare]

    def restyle(self, colors: Colors) -> None:
        """Draws the icons in the colours of the theme."""
        for command in COMMANDS:
            if command.icon:
                self._actions[command.name].setIcon(icon(command.icon, colors))
