#include "tests/tidy/source.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace evlog::tidy {
namespace {

// Walks over C++ text once and blanks out what is not code.
class Blanker {
 public:
  Blanker(const std::string& text, std::string* code, std::string* prose)
      : text_(text), code_(*code), prose_(*prose) {}

  void Run() {
    while (at_ < text_.size()) {
      if (Starts("//")) {
        Comment(std::min(text_.find('\n', at_), text_.size()));
      } else if (Starts("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        Comment(end == std::string::npos ? text_.size() : end + 2);
      } else if (text_[at_] == '"') {
        RawPrefix() ? RawString() : Literal('"');
      } else if (text_[at_] == '\'' && !DigitSeparator()) {
        Literal('\'');
      } else {
        ++at_;
      }
    }
  }

 private:
  bool Starts(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }

  // 1'000: the quote stands between digits of a number.
  bool DigitSeparator() const {
    if (at_ == 0 || std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) == 0) return false;
    size_t start = at_;
    while (start > 0 && (IsIdentifierChar(text_[start - 1]) || text_[start - 1] == '\'')) --start;
    return std::isdigit(static_cast<unsigned char>(text_[start])) != 0;
  }

  // R", u8R", LR" and so on.
  bool RawPrefix() const {
    if (at_ == 0 || text_[at_ - 1] != 'R') return false;
    size_t start = at_ - 1;
    while (start > 0 && IsIdentifierChar(text_[start - 1])) --start;
    const std::string_view prefix = std::string_view(text_).substr(start, at_ - start);
    return prefix == "R" || prefix == "u8R" || prefix == "uR" || prefix == "UR" || prefix == "LR";
  }

  void Comment(size_t end) {
    Blank(code_, at_, end);
    at_ = end;
  }

  void Literal(char quote) {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, text_.size());
    BlankBoth(at_ + 1, end);
    at_ = end + 1;
  }

  void RawString() {
    const size_t open = text_.find('(', at_);
    if (open == std::string::npos) {
      ++at_;
      return;
    }
    const std::string close = ")" + text_.substr(at_ + 1, open - at_ - 1) + "\"";
    const size_t end = std::min(text_.find(close, open), text_.size());
    BlankBoth(at_ + 1, std::min(end + close.size() - 1, text_.size()));
    at_ = std::min(end + close.size(), text_.size());
  }

  void BlankBoth(size_t from, size_t end) {
    Blank(code_, from, end);
    Blank(prose_, from, end);
  }

  static void Blank(std::string& text, size_t from, size_t end) {
    for (size_t i = from; i < end; ++i) {
      if (text[i] != '\n') text[i] = ' ';
    }
  }

  const std::string& text_;
  std::string& code_;
  std::string& prose_;
  size_t at_ = 0;
};

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Reads the path of an #include out of the raw line.
bool ParseInclude(std::string_view raw, Include* include) {
  const size_t open = raw.find_first_of("\"<");
  if (open == std::string_view::npos) return false;
  include->quoted = raw[open] == '"';
  const size_t close = raw.find(include->quoted ? '"' : '>', open + 1);
  if (close == std::string_view::npos) return false;
  include->path = std::string(raw.substr(open + 1, close - open - 1));
  return true;
}

bool IsIncludeLine(std::string_view code) {
  const size_t hash = code.find_first_not_of(" \t");
  if (hash == std::string_view::npos || code[hash] != '#') return false;
  const size_t word = code.find_first_not_of(" \t", hash + 1);
  return word != std::string_view::npos && code.substr(word, 7) == "include";
}

}  // namespace

std::string Finding::ToString() const {
  return path + (line == 0 ? "" : ":" + std::to_string(line)) + ": " + message;
}

bool IsIdentifierChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

size_t FindWord(std::string_view code, std::string_view word, size_t from) {
  for (size_t at = code.find(word, from); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    const bool left = at > 0 && IsIdentifierChar(code[at - 1]) && IsIdentifierChar(word.front());
    const size_t end = at + word.size();
    const bool right =
        end < code.size() && IsIdentifierChar(code[end]) && IsIdentifierChar(word.back());
    if (!left && !right) return at;
  }
  return std::string::npos;
}

Source::Source(std::string path, std::string text)
    : path_(std::move(path)),
      text_(std::make_shared<const std::string>(std::move(text))),
      code_(*text_),
      prose_(*text_) {
  lines_ = SplitLines(*text_);
  if (!IsCpp()) return;
  Blanker(*text_, &code_, &prose_).Run();
  const std::vector<std::string_view> code_lines = SplitLines(code_);
  for (size_t i = 0; i < code_lines.size(); ++i) {
    Include include{i + 1, "", false};
    if (IsIncludeLine(code_lines[i]) && ParseInclude(lines_[i], &include)) {
      includes_.push_back(std::move(include));
    }
  }
}

bool Source::EndsWith(std::string_view suffix) const {
  return std::string_view(path_).ends_with(suffix);
}

bool Source::IsUnder(std::string_view folder) const {
  return std::string_view(path_).starts_with(folder);
}

size_t Source::LineOf(size_t position) const {
  return 1 + static_cast<size_t>(std::count(
                 text_->begin(), text_->begin() + static_cast<ptrdiff_t>(position), '\n'));
}

}  // namespace evlog::tidy
