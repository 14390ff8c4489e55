// Reads one JSON object into fields, without building a tree: `append --jsonl` is as fast as this.
#ifndef EVLOG_CLI_JSON_OBJECT_READER_H_
#define EVLOG_CLI_JSON_OBJECT_READER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "evlog/entry.h"

namespace evlog::cli {

// Strict (RFC 8259, UTF-8), and faithful: members keep their order, names may repeat, and numbers
// keep their digits. Strings come unescaped; numbers, true, false and null as their text; arrays
// and objects as their text without the white space between tokens.
class JsonObjectReader {
 public:
  // What `*fields` refers to lives in `text` or in the reader, until the next call.
  // Errors: INVALID_ARGUMENT that names the column, from 1 in bytes.
  absl::Status Read(std::string_view text, std::vector<FieldView>* fields);

 private:
  // Each takes its piece off the text at at_, or sets error_ and answers false.
  bool TakeObject(std::vector<FieldView>* fields);
  bool TakeValue(std::string_view* value);
  bool TakeString(std::string_view* value);
  bool TakeNested(std::string_view* value);
  bool TakeNumber();
  bool TakeWord(std::string_view word);
  bool TakeNestedValue();
  bool TakeMemberName();
  bool CloseNested();
  bool SkipString(bool* escaped);
  bool SkipEscape();
  bool TakeHex(unsigned* code_unit);

  void AppendUnescaped(std::string_view raw);
  void AppendCompact(std::string_view raw);
  void SkipSpace();
  bool TakeChar(char c, const char* expected);
  bool Fail(const char* why);
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  size_t at_ = 0;
  bool spaces_ = false;  // whether SkipSpace skipped any since this was last cleared
  std::string nesting_;  // the brackets that are open within a nested value
  std::string scratch_;  // strings that had escapes, nested values that had spaces
  std::string error_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_JSON_OBJECT_READER_H_
