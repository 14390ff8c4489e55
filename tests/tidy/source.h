// A file of the tree as the house rules see it: its text, and the same text without comments and
// literals, column for column.
#ifndef EVLOG_TESTS_TIDY_SOURCE_H_
#define EVLOG_TESTS_TIDY_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evlog::tidy {

// What breaks a rule, and what to do instead.
struct Finding {
  std::string path;
  size_t line = 0;  // from 1; 0: the file as a whole
  std::string message;

  std::string ToString() const;
};

struct Include {
  size_t line = 0;
  std::string path;  // between the quotes or brackets
  bool quoted = false;
};

// Cheap to copy; copies share the text, into which lines() points.
class Source {
 public:
  // `path` is relative to the root of the tree, with slashes.
  Source(std::string path, std::string text);

  const std::string& path() const { return path_; }
  const std::string& text() const { return *text_; }
  // Lines of the text as it is, without their line ends.
  const std::vector<std::string_view>& lines() const { return lines_; }
  // The text with every comment and the inside of every literal blanked out; as long as the text.
  const std::string& code() const { return code_; }
  // The text with the inside of literals blanked out only.
  const std::string& prose() const { return prose_; }
  const std::vector<Include>& includes() const { return includes_; }

  bool EndsWith(std::string_view suffix) const;
  bool IsUnder(std::string_view folder) const;  // "log/"
  bool IsCpp() const { return EndsWith(".h") || EndsWith(".cc"); }

  // The line, from 1, of a place in text(), code() or prose().
  size_t LineOf(size_t position) const;
  Finding At(size_t line, std::string message) const { return {path_, line, std::move(message)}; }

 private:
  std::string path_;
  std::shared_ptr<const std::string> text_;
  std::string code_;
  std::string prose_;
  std::vector<std::string_view> lines_;
  std::vector<Include> includes_;
};

// Where `word` stands in `code` as a whole: neither side continues an identifier.
// std::string::npos when it does not, from `from` on.
size_t FindWord(std::string_view code, std::string_view word, size_t from = 0);

bool IsIdentifierChar(char c);

}  // namespace evlog::tidy

#endif  // EVLOG_TESTS_TIDY_SOURCE_H_
