#include "cli/json_object_reader.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "cli/encode.h"
#include "log/base/status.h"
#include "log/base/utf8.h"

namespace evlog::cli {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Bytes that stand for themselves within a string, and need no further look: printable ASCII but
// for quote and backslash.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool IsPlain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

void AppendUtf8(uint32_t code, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | (code >> shift & 63)));
  };
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xc0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | code >> 12));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The value of four hexadecimal digits that are known to be some.
uint32_t HexValue(std::string_view digits) {
  uint32_t value = 0;
  for (char c : digits.substr(0, 4)) {
    value = value << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

}  // namespace

absl::Status JsonObjectReader::Read(std::string_view text, std::vector<FieldView>* fields) {
  text_ = text;
  at_ = 0;
  scratch_.clear();
  // What is unescaped or compacted is never longer than it was, so nothing moves while views refer
  // to it.
  scratch_.reserve(text.size());
  fields->clear();
  if (TakeObject(fields)) return absl::OkStatus();
  return InvalidArgument("{}", error_);
}

bool JsonObjectReader::TakeObject(std::vector<FieldView>* fields) {
  SkipSpace();
  if (!TakeChar('{', "not a JSON object: a '{' is expected")) return false;
  SkipSpace();
  if (Peek() != '}') {
    for (;;) {
      FieldView field;
      if (Peek() != '"') return Fail("a member's name in quotes is expected");
      if (!TakeString(&field.name)) return false;
      SkipSpace();
      if (!TakeChar(':', "a ':' is expected")) return false;
      SkipSpace();
      if (!TakeValue(&field.value)) return false;
      fields->push_back(field);
      SkipSpace();
      if (Peek() != ',') break;
      ++at_;
      SkipSpace();
    }
  }
  if (!TakeChar('}', "a ',' or '}' is expected")) return false;
  SkipSpace();
  return at_ == text_.size() || Fail("nothing more is expected after the object");
}

bool JsonObjectReader::TakeValue(std::string_view* value) {
  const char c = Peek();
  if (c == '"') return TakeString(value);
  if (c == '{' || c == '[') return TakeNested(value);
  const size_t begin = at_;
  if (!TakeNestedValue()) return false;
  *value = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonObjectReader::TakeString(std::string_view* value) {
  const size_t begin = at_ + 1;
  bool escaped = false;
  if (!SkipString(&escaped)) return false;
  const std::string_view raw = text_.substr(begin, at_ - 1 - begin);
  if (!escaped) {
    *value = raw;
    return true;
  }
  const size_t start = scratch_.size();
  AppendUnescaped(raw);
  *value = std::string_view(scratch_).substr(start);
  return true;
}

// Moves over a string, from its first quote to behind its last one, and checks it.
bool JsonObjectReader::SkipString(bool* escaped) {
  ++at_;
  for (;;) {
    while (at_ < text_.size() && IsPlain(text_[at_])) ++at_;
    if (at_ == text_.size()) return Fail("the string does not end");
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\') {
      *escaped = true;
      if (!SkipEscape()) return false;
    } else if (const size_t length = Utf8Length(text_.substr(at_)); length > 1) {
      at_ += length;
    } else {
      return Fail(length == 0 ? "not UTF-8" : "a control character within a string; write \\u00XX");
    }
  }
}

bool JsonObjectReader::SkipEscape() {
  ++at_;
  static constexpr std::string_view kShort = "\"\\/bfnrt";
  if (Peek() != 'u') {
    if (at_ == text_.size() || kShort.find(Peek()) == std::string_view::npos) {
      return Fail("an unknown escape");
    }
    ++at_;
    return true;
  }
  unsigned unit = 0;
  if (!TakeHex(&unit)) return false;
  if (IsLowSurrogate(unit)) return Fail("the second half of a surrogate pair without the first");
  if (!IsHighSurrogate(unit)) return true;
  unsigned low = 0;
  if (Peek() == '\\') {
    ++at_;
    if (Peek() == 'u' && TakeHex(&low) && IsLowSurrogate(low)) return true;
  }
  return Fail("half of a surrogate pair without the other");
}

// Takes `u` and four digits.
bool JsonObjectReader::TakeHex(unsigned* code_unit) {
  ++at_;
  for (int i = 0; i < 4; ++i) {
    const char c = Peek();
    if (!IsDigit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) {
      return Fail("four hexadecimal digits are expected");
    }
    ++at_;
  }
  *code_unit = HexValue(text_.substr(at_ - 4, 4));
  return true;
}

void JsonObjectReader::AppendUnescaped(std::string_view raw) {
  while (!raw.empty()) {
    const size_t backslash = raw.find('\\');
    scratch_.append(raw.substr(0, backslash));
    if (backslash == std::string_view::npos) return;
    const char c = raw[backslash + 1];
    raw.remove_prefix(backslash + 2);
    switch (c) {
      case 'b':
        scratch_.push_back('\b');
        break;
      case 'f':
        scratch_.push_back('\f');
        break;
      case 'n':
        scratch_.push_back('\n');
        break;
      case 'r':
        scratch_.push_back('\r');
        break;
      case 't':
        scratch_.push_back('\t');
        break;
      case 'u': {
        uint32_t code = HexValue(raw);
        raw.remove_prefix(4);
        if (IsHighSurrogate(code)) {
          code = 0x10000 + ((code - 0xd800) << 10) + (HexValue(raw.substr(2)) - 0xdc00);
          raw.remove_prefix(6);
        }
        AppendUtf8(code, &scratch_);
        break;
      }
      default:
        scratch_.push_back(c);
    }
  }
}

// An array or object: checked as a whole, and kept as text.
bool JsonObjectReader::TakeNested(std::string_view* value) {
  const size_t begin = at_;
  nesting_.clear();
  spaces_ = false;
  do {
    if (!TakeNestedValue() || !CloseNested()) return false;
  } while (!nesting_.empty());
  *value = text_.substr(begin, at_ - begin);
  if (!spaces_) return true;
  const size_t start = scratch_.size();
  AppendCompact(*value);
  *value = std::string_view(scratch_).substr(start);
  return true;
}

// Takes a value, of an array or object only what stands before its first value. After an empty one
// there is none: it is closed by CloseNested like any other.
bool JsonObjectReader::TakeNestedValue() {
  for (;;) {
    const char c = Peek();
    if (c == '"') {
      bool escaped;
      return SkipString(&escaped);
    }
    if (c == '-' || IsDigit(c)) return TakeNumber();
    if (c == 't') return TakeWord("true");
    if (c == 'f') return TakeWord("false");
    if (c == 'n') return TakeWord("null");
    if (c != '{' && c != '[') return Fail("a value is expected");
    ++at_;
    nesting_.push_back(c);
    SkipSpace();
    if (Peek() == (c == '{' ? '}' : ']')) return true;
    if (c == '{' && !TakeMemberName()) return false;
  }
}

// After a value: closes what ends here, and goes on to the next value of what does not.
bool JsonObjectReader::CloseNested() {
  while (!nesting_.empty()) {
    SkipSpace();
    const bool object = nesting_.back() == '{';
    if (Peek() == ',') {
      ++at_;
      SkipSpace();
      return !object || TakeMemberName();
    }
    if (!TakeChar(object ? '}' : ']',
                  object ? "a ',' or '}' is expected" : "a ',' or ']' is expected")) {
      return false;
    }
    nesting_.pop_back();
  }
  return true;
}

bool JsonObjectReader::TakeMemberName() {
  bool escaped;
  if (Peek() != '"') return Fail("a member's name in quotes is expected");
  if (!SkipString(&escaped)) return false;
  SkipSpace();
  if (!TakeChar(':', "a ':' is expected")) return false;
  SkipSpace();
  return true;
}

bool JsonObjectReader::TakeNumber() {
  const auto digits = [this] {
    const size_t begin = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ != begin || Fail("a digit is expected");
  };
  if (Peek() == '-') ++at_;
  if (Peek() == '0') {
    ++at_;  // nothing follows a leading zero: "01" fails at what is expected after a value
  } else if (!digits()) {
    return false;
  }
  if (Peek() == '.') {
    ++at_;
    if (!digits()) return false;
  }
  if (Peek() == 'e' || Peek() == 'E') {
    ++at_;
    if (Peek() == '+' || Peek() == '-') ++at_;
    if (!digits()) return false;
  }
  return true;
}

bool JsonObjectReader::TakeWord(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return Fail("a value is expected");
  at_ += word.size();
  return true;
}

void JsonObjectReader::AppendCompact(std::string_view raw) {
  bool quoted = false;
  for (size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (!quoted && IsSpace(c)) continue;
    scratch_.push_back(c);
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') scratch_.push_back(raw[++i]);
  }
}

void JsonObjectReader::SkipSpace() {
  while (at_ < text_.size() && IsSpace(text_[at_])) {
    ++at_;
    spaces_ = true;
  }
}

bool JsonObjectReader::TakeChar(char c, const char* expected) {
  if (at_ == text_.size() || text_[at_] != c) return Fail(expected);
  ++at_;
  return true;
}

bool JsonObjectReader::Fail(const char* why) {
  error_ = fmt::format("column {}: {}", at_ + 1, why);
  return false;
}

}  // namespace evlog::cli
