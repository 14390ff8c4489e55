// Text for the macros of man(7).
#ifndef EVLOG_CLI_ROFF_H_
#define EVLOG_CLI_ROFF_H_

#include <string>
#include <string_view>
#include <utility>

namespace evlog::cli {

// A page as it is written. Text is any; what roff would take for its own is escaped.
class Roff {
 public:
  // `date` and the place are left out: a page is the same whenever it was made.
  Roff(std::string_view name, std::string_view source);

  void Section(std::string_view title);
  void Subsection(std::string_view title);
  void Paragraph();
  // A line of prose: words may be moved to other lines.
  void Prose(std::string_view text);
  // Lines that stay as they are.
  void Lines(std::string_view text);
  // `tag` hangs out; Prose says what it means.
  void Tagged(std::string_view tag);

  // Within what Raw takes: text as it is, bold, or slanted.
  static std::string Plain(std::string_view text);
  static std::string Bold(std::string_view text);
  static std::string Slanted(std::string_view text);
  void Raw(std::string_view line) { text_.append(line).push_back('\n'); }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ROFF_H_
