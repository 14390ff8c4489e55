#include "cli/manual.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/roff.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kExample = "Example";

struct Code {
  std::string_view code;
  std::string_view meaning;
};
constexpr Code kCodes[] = {
    {"0", "It is done."},
    {"1", "An error, which stderr names."},
    {"2", "The command line is wrong; nothing was done."},
    {"3", "There is no such directory, stream, group or entry."},
    {"4", "A conflict: it exists already, or somebody was faster."},
    {"5", "Nothing came within the time that --timeout gave."},
    {"130", "Ended by SIGINT or SIGTERM."},
};
constexpr Code kPluginCodes[] = {
    {"0", "All is well."},
    {"1", "A warning."},
    {"2", "Critical."},
    {"3", "Unknown: something keeps it from knowing, a wrong command line included."},
};

// What --help ends with: what is to be said besides, and the examples.
struct Footer {
  std::string notes;
  std::string examples;
};

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Footer ReadFooter(std::string_view text) {
  Footer footer;
  bool examples = false;
  for (std::string_view line : LinesOf(text)) {
    if (line.starts_with(kExample)) {
      const size_t colon = std::min(line.find(':'), line.size() - 1);
      examples = true;
      line.remove_prefix(std::min(colon + 2, line.size()));  // `Example: evlog ...`
      if (!line.empty()) footer.examples.append(line).push_back('\n');
      continue;
    }
    if (examples && !line.starts_with("  ")) examples = false;
    if (examples) {
      footer.examples.append(line.substr(2)).push_back('\n');
    } else if (!line.empty() || !footer.notes.empty()) {
      footer.notes.append(line).push_back('\n');
    }
  }
  while (footer.notes.ends_with("\n\n")) footer.notes.pop_back();
  return footer;
}

std::string CommandOf(const Verb& verb) {
  return verb.name.empty() ? "evlog" : "evlog " + verb.name;
}

std::string PlaceText(const Argument& place) {
  const std::string text = Roff::Slanted(place.names.front()) + (place.repeats ? " ..." : "");
  return place.required ? text : "[" + text + "]";
}

std::string TagOf(const Argument& option) {
  std::string tag;
  for (const std::string& name : option.names) tag += (tag.empty() ? "" : ", ") + Roff::Bold(name);
  if (option.takes_value()) tag += " " + Roff::Slanted(option.metavar);
  return tag;
}

// What help says, and what CLI11 shows beside the name.
std::string HelpOf(const Argument& argument) {
  std::string help = argument.help;
  const auto say = [&help](const std::string& more) {
    if (!help.empty() && !help.ends_with('.')) help += ".";
    help += (help.empty() ? "" : " ") + more;
  };
  std::string list;
  for (const std::string& choice : argument.choices) list += (list.empty() ? "" : ", ") + choice;
  if (!list.empty()) say("One of: " + list + ".");
  if (!argument.range.empty()) say("From " + argument.range + ".");
  if (!argument.default_value.empty()) say("Default: " + argument.default_value + ".");
  if (argument.required && argument.names.front().starts_with('-')) say("Required.");
  return help;
}

class Page {
 public:
  Page(const Program& program, const Verb& verb)
      : program_(program),
        verb_(verb),
        footer_(ReadFooter(verb.footer)),
        roff_(PageName(verb), "evlog " + program.version) {}

  std::string Run() && {
    Head();
    Description();
    Options();
    ExitStatus();
    Environment();
    Files();
    Examples();
    SeeAlso();
    return std::move(roff_).text();
  }

 private:
  bool whole() const { return verb_.name.empty(); }
  bool serves() const { return verb_.name == "serve"; }

  void Head() {
    roff_.Section("NAME");
    roff_.Raw(Roff::Plain(PageName(verb_)) + " \\- " + Roff::Plain(Summary()));
    roff_.Section("SYNOPSIS");
    std::string line = Roff::Bold(CommandOf(verb_));
    if (whole() || verb_.is_family) {
      line += " " + Roff::Slanted("VERB");
    }
    line += " [" + Roff::Slanted("OPTIONS") + "]";
    for (const Argument& place : verb_.places) line += " " + PlaceText(place);
    roff_.Raw(line);
  }

  // The first line, as a clause.
  std::string Summary() const {
    std::string summary = verb_.summary.substr(0, verb_.summary.find('\n'));
    if (whole()) summary.erase(0, std::string_view("evlog, ").size());
    // `list, create, ...`
    const size_t last = summary.find_last_not_of(" ,.");
    summary.resize(last == std::string::npos ? 0 : last + 1);
    return summary;
  }

  void Description() {
    roff_.Section("DESCRIPTION");
    if (whole()) {
      roff_.Prose("Works on " + Summary() + ", or on a server. Each verb has a page of its own.");
    } else {
      roff_.Prose(Summary() + ".");
    }
    for (const Argument& place : verb_.places) {
      roff_.Tagged(PlaceText(place));
      roff_.Prose(HelpOf(place));
    }
    if (!footer_.notes.empty() && !whole()) {
      roff_.Paragraph();
      roff_.Lines(footer_.notes);
    }
    if (!whole() && !verb_.is_family) return;
    roff_.Section("VERBS");
    const std::string prefix = whole() ? "" : verb_.name + " ";
    for (const Verb& other : program_.verbs) {
      if (!other.name.starts_with(prefix)) continue;
      const std::string_view name = std::string_view(other.name).substr(prefix.size());
      if (name.find(' ') != std::string_view::npos) continue;
      roff_.Tagged(Roff::Bold(name));
      roff_.Prose(other.summary);
    }
  }

  void Options() {
    roff_.Section("OPTIONS");
    const std::string* group = nullptr;
    for (const Argument& option : verb_.options) {
      if (group != nullptr && *group != option.group) roff_.Subsection(option.group);
      group = &option.group;
      roff_.Tagged(TagOf(option));
      roff_.Prose(HelpOf(option));
    }
  }

  void Codes(const Code* first, const Code* last) {
    for (; first != last; ++first) {
      roff_.Tagged(Roff::Bold(first->code));
      roff_.Prose(first->meaning);
    }
  }

  void ExitStatus() {
    roff_.Section("EXIT STATUS");
    const bool plugin = verb_.name.starts_with("check");
    if (plugin) {
      Codes(std::begin(kPluginCodes), std::end(kPluginCodes));
    } else {
      Codes(std::begin(kCodes), std::end(kCodes));
    }
  }

  void Environment() {
    roff_.Section("ENVIRONMENT");
    roff_.Tagged(Roff::Bold("EVLOG_AT"));
    roff_.Prose(serves() ? "The directory of the log, where no flag and no file names it."
                         : "Where the log is, without --at.");
    if (!serves()) return;
    roff_.Tagged(Roff::Bold("NOTIFY_SOCKET"));
    roff_.Prose(
        "Where a supervisor such as systemd is told that clients are served (READY=1), and that "
        "they are not any more (STOPPING=1).");
  }

  void Files() {
    roff_.Section("FILES");
    if (serves()) {
      roff_.Tagged(Roff::Slanted("/etc/evlog/evlog.toml"));
      roff_.Prose("The settings with which the service of Debian's package is started.");
      roff_.Tagged(Roff::Slanted("/var/lib/evlog"));
      roff_.Prose("The log of that service.");
      return;
    }
    roff_.Tagged(Roff::Slanted("DIR"));
    roff_.Prose(
        "The log is all that is in the directory that --at names. One process at a time owns it; "
        "verbs that only read work beside that.");
  }

  void Examples() {
    std::string examples = footer_.examples;
    if (whole()) {
      for (std::string_view line : LinesOf(verb_.summary)) {
        if (line.starts_with("  ")) examples.append(line.substr(2)).push_back('\n');
      }
    }
    if (examples.empty()) return;
    roff_.Section("EXAMPLES");
    roff_.Lines(examples);
  }

  // The program, the family, and the other verbs of that.
  void SeeAlso() {
    roff_.Section("SEE ALSO");
    std::vector<std::string> pages;
    if (!whole()) pages.push_back("evlog");
    const size_t space = verb_.name.find(' ');
    const std::string family = verb_.name.substr(0, space);
    for (const Verb& other : program_.verbs) {
      const bool below = other.name.starts_with(family + " ");
      const bool top = other.name.find(' ') == std::string::npos;
      const bool own = !whole() && (below || other.name == family);
      if (other.name != verb_.name && (own || (whole() && top))) pages.push_back(PageName(other));
    }
    if (serves()) pages.insert(pages.end(), {"redis-cli", "systemctl"});
    std::string line;
    for (const std::string& page : pages) {
      line += (line.empty() ? "" : ", ") + Roff::Bold(page) + "(1)";
    }
    roff_.Raw(line);
  }

  const Program& program_;
  const Verb& verb_;
  const Footer footer_;
  Roff roff_;
};

}  // namespace

std::string PageName(const Verb& verb) {
  std::string name = verb.name.empty() ? "evlog" : "evlog-" + verb.name;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string ManualPage(const Program& program, const Verb& verb) {
  return Page(program, verb).Run();
}

}  // namespace evlog::cli
