#include "tests/tidy/functions.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace evlog::tidy {
namespace {

// What an opening brace begins.
enum class Scope {
  kTransparent,  // namespace, class, struct: functions stand in it
  kFunction,
  kOther,  // an initializer, an enum: nothing of interest until it closes
};

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Blanks out preprocessor lines with their continuations: braces in macros need not balance.
std::string WithoutDirectives(std::string code) {
  bool in_directive = false;
  size_t start = 0;
  while (start < code.size()) {
    size_t end = code.find('\n', start);
    if (end == std::string::npos) end = code.size();
    const size_t first = code.find_first_not_of(" \t", start);
    if (!in_directive) in_directive = first < end && code[first] == '#';
    if (in_directive) {
      in_directive = end > start && code[end - 1] == '\\';
      code.replace(start, end - start, end - start, ' ');
    }
    start = end + 1;
  }
  return code;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view FirstWord(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && IsIdentifierChar(text[end])) ++end;
  return text.substr(0, end);
}

// Without leading template<...>, [[...]] and access labels.
std::string_view WithoutPrefixes(std::string_view text) {
  for (;;) {
    text = Trim(text);
    const std::string_view word = FirstWord(text);
    if (word == "public" || word == "private" || word == "protected") {
      const size_t colon = text.find(':');
      if (colon == std::string_view::npos) return text;
      text.remove_prefix(colon + 1);
    } else if (word == "template") {
      size_t at = text.find('<');
      int depth = 0;
      for (; at < text.size(); ++at) {
        if (text[at] == '<') ++depth;
        if (text[at] == '>' && --depth == 0) break;
      }
      if (at >= text.size()) return text;
      text.remove_prefix(at + 1);
    } else if (text.starts_with("[[")) {
      const size_t close = text.find("]]");
      if (close == std::string_view::npos) return text;
      text.remove_prefix(close + 2);
    } else {
      return text;
    }
  }
}

std::string_view LastWord(std::string_view text) {
  size_t start = text.size();
  while (start > 0 && IsIdentifierChar(text[start - 1])) --start;
  return text.substr(start);
}

// May `word`, if it is one, stand between the parameters of a function and its body?
bool EndsSignature(std::string_view word) {
  if (word.empty() || word == "const" || word == "noexcept" || word == "override" ||
      word == "final" || word == "mutable") {
    return true;
  }
  return std::none_of(word.begin(), word.end(),
                      [](char c) { return std::islower(static_cast<unsigned char>(c)); });
}

Scope Classify(std::string_view before_brace) {
  std::string_view head = WithoutPrefixes(before_brace);
  if (head.starts_with("inline namespace")) return Scope::kTransparent;
  const std::string_view word = FirstWord(head);
  const size_t parenthesis = head.find('(');
  if (word == "namespace" || word == "class" || word == "struct" || word == "union") {
    return Scope::kTransparent;
  }
  if (word == "extern" && parenthesis == std::string_view::npos) return Scope::kTransparent;
  if (word == "enum" || parenthesis == std::string_view::npos) return Scope::kOther;
  // `Type x = f(y)...{` is an initializer; the equals sign of a default argument stands later.
  if (head.find(" = ") < parenthesis) return Scope::kOther;
  const char last = head.back();
  if (last == '=' || last == ',' || last == '(') return Scope::kOther;
  // A name before the brace: `member_{...}` in a constructor's list, or a variable.
  const bool returns = head.find("->") != std::string_view::npos;
  return returns || EndsSignature(LastWord(head)) ? Scope::kFunction : Scope::kOther;
}

std::string NameOf(std::string_view head) {
  head = WithoutPrefixes(head);
  const size_t end = head.find('(');
  const auto is_part = [](char c) {
    return IsIdentifierChar(c) || std::string_view(":~<>").find(c) != std::string_view::npos;
  };
  size_t start = end;
  while (start > 0 && is_part(head[start - 1])) --start;
  std::string name(head.substr(start, end - start));
  if (name != "TEST" && name != "TEST_F" && name != "TEST_P") return name;
  const size_t close = head.find(')', end);
  return name +
         std::string(head.substr(end, close == std::string_view::npos ? 0 : close + 1 - end));
}

class Reader {
 public:
  explicit Reader(const Source& source)
      : source_(source), code_(WithoutDirectives(source.code())) {}

  std::optional<std::vector<Function>> Run() {
    for (size_t at = 0; at < code_.size(); ++at) {
      const char c = code_[at];
      if (c == '(') ++parentheses_;
      if (c == ')') --parentheses_;
      if (c == '{') Open(at);
      if (c == '}' && !Close(at)) return std::nullopt;
      // A `;` inside parentheses belongs to a `for`, which only functions have.
      if (c == ';' && InTransparent()) head_start_ = at + 1;
    }
    if (!scopes_.empty() || parentheses_ != 0) return std::nullopt;
    return std::move(functions_);
  }

 private:
  bool InTransparent() const { return scopes_.empty() || scopes_.back() == Scope::kTransparent; }

  void Open(size_t at) {
    if (!InTransparent()) {
      scopes_.push_back(Scope::kOther);
      return;
    }
    const std::string_view head = std::string_view(code_).substr(head_start_, at - head_start_);
    // A brace inside parentheses of a signature is a default argument.
    const Scope scope = parentheses_ > 0 ? Scope::kOther : Classify(head);
    if (scope == Scope::kFunction) {
      const std::string_view signature = WithoutPrefixes(head);
      const size_t first = static_cast<size_t>(signature.data() - code_.data());
      functions_.push_back({NameOf(head), source_.LineOf(first), 0});
    }
    scopes_.push_back(scope);
    if (scope == Scope::kTransparent) head_start_ = at + 1;
  }

  bool Close(size_t at) {
    if (scopes_.empty()) return false;
    const Scope closed = scopes_.back();
    scopes_.pop_back();
    if (closed == Scope::kFunction) functions_.back().last_line = source_.LineOf(at);
    // After an initializer its declaration goes on: a constructor's list, or up to the `;`.
    if (closed != Scope::kOther && InTransparent()) head_start_ = at + 1;
    return true;
  }

  const Source& source_;
  const std::string code_;
  std::vector<Scope> scopes_;
  std::vector<Function> functions_;
  size_t head_start_ = 0;  // where the declaration that is being read begins
  int parentheses_ = 0;
};

}  // namespace

std::optional<std::vector<Function>> FindFunctions(const Source& source) {
  return Reader(source).Run();
}

}  // namespace evlog::tidy
