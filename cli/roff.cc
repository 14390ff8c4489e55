#include "cli/roff.h"

#include <algorithm>
#include <cctype>

namespace evlog::cli {
namespace {

// Characters that groff(7) would show as others, or take for its own.
void AppendEscaped(std::string_view text, bool minus, std::string* out) {
  char before = ' ';
  for (const char c : text) {
    const bool at_word = std::string_view(" -('\"[=|").find(before) != std::string_view::npos;
    switch (c) {
      case '\\':
        *out += "\\e";
        break;
      case '-':
        *out += minus || at_word ? "\\-" : "-";  // not a hyphen, at which a line may end
        break;
      case '\'':
        *out += "\\(aq";
        break;
      case '`':
        *out += "\\(ga";
        break;
      case '^':
        *out += "\\(ha";
        break;
      case '~':
        *out += "\\(ti";
        break;
      default:
        out->push_back(c);
    }
    before = c;
  }
}

std::string Escaped(std::string_view text, bool minus) {
  std::string out;
  AppendEscaped(text, minus, &out);
  return out;
}

}  // namespace

Roff::Roff(std::string_view name, std::string_view source) {
  std::string title(name);
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  Raw(".TH " + Escaped(title, true) + " 1 \"\" \"" + Escaped(source, true) +
      "\" \"User Commands\"");
  Raw(".nh\n.ad l");  // what is in the text is there to be copied
}

void Roff::Section(std::string_view title) { Raw(".SH " + Escaped(title, false)); }

void Roff::Subsection(std::string_view title) { Raw(".SS " + Escaped(title, false)); }

void Roff::Paragraph() { Raw(".PP"); }

void Roff::Prose(std::string_view text) {
  // A line that begins like a request, or with a blank, would be one.
  std::string line = Escaped(text, false);
  if (line.starts_with('.') || line.starts_with(' ')) line.insert(0, "\\&");
  Raw(line);
}

void Roff::Lines(std::string_view text) {
  Raw(".nf");
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string line = Escaped(text.substr(0, end), true);
    if (line.starts_with('.')) line.insert(0, "\\&");
    Raw(line.empty() ? "\\&" : line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  Raw(".fi");
}

void Roff::Tagged(std::string_view tag) {
  Raw(".TP");
  Raw(tag);
}

std::string Roff::Plain(std::string_view text) { return Escaped(text, true); }

std::string Roff::Bold(std::string_view text) { return "\\fB" + Escaped(text, true) + "\\fR"; }

std::string Roff::Slanted(std::string_view text) { return "\\fI" + Escaped(text, true) + "\\fR"; }

}  // namespace evlog::cli
