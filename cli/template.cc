#include "cli/template.h"

#include <algorithm>
#include <utility>

#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {

// Walks the text once. `at_` is the next byte; columns in errors count from 1.
class TemplateParser {
 public:
  explicit TemplateParser(std::string_view text) : text_(text) {}

  absl::StatusOr<Template> Parse() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '{' && Peek(1) != '{') {
        RETURN_IF_ERROR(ParseColumn());
      } else if (c == '}' && Peek(1) != '}') {
        return InvalidArgument("format, column {}: a single \"}}\"; write }}}} for a brace",
                               at_ + 1);
      } else {
        RETURN_IF_ERROR(ParseByte(&literal_));
      }
    }
    EndLiteral();
    return std::move(result_);
  }

 private:
  char Peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  // Takes one byte of literal text: a plain one, an escape or a doubled brace.
  absl::Status ParseByte(std::string* out) {
    const char c = text_[at_];
    if (c == '{' || c == '}') {  // doubled; the callers saw to that
      out->push_back(c);
      at_ += 2;
      return absl::OkStatus();
    }
    if (c != '\\') {
      out->push_back(c);
      ++at_;
      return absl::OkStatus();
    }
    static constexpr std::string_view kNames = "tnr0\\{}";
    static constexpr std::string_view kBytes("\t\n\r\0\\{}", 7);
    const size_t which = at_ + 1 < text_.size() ? kNames.find(text_[at_ + 1]) : kNames.npos;
    if (which == kNames.npos) {
      return InvalidArgument(
          "format, column {}: unknown escape; there are \\t \\n \\r \\0 \\\\ \\{{ \\}}", at_ + 1);
    }
    out->push_back(kBytes[which]);
    at_ += 2;
    return absl::OkStatus();
  }

  absl::Status ParseColumn() {
    const size_t open = at_++;
    std::string word;
    while (at_ < text_.size() && text_[at_] != '}') {
      if (text_[at_] == '{') {
        return InvalidArgument("format, column {}: a \"{{\" within braces; write \\{{", at_ + 1);
      }
      RETURN_IF_ERROR(ParseByte(&word));
    }
    if (at_ == text_.size()) {
      return InvalidArgument("format, column {}: this \"{{\" is never closed", open + 1);
    }
    ++at_;
    return AddColumn(word, open + 1);
  }

  absl::Status AddColumn(std::string_view word, size_t column) {
    using Kind = Template::Kind;
    static constexpr std::pair<std::string_view, Kind> kColumns[] = {
        {"id", Kind::kId},     {"offset", Kind::kOffset}, {"partition", Kind::kPartition},
        {"key", Kind::kKey},   {"stream", Kind::kStream}, {"position", Kind::kPosition},
        {"time", Kind::kTime}, {"fields", Kind::kFields}};
    EndLiteral();
    for (const auto& [name, kind] : kColumns) {
      if (word == name) {
        result_.parts_.push_back({kind, ""});
        return absl::OkStatus();
      }
    }
    static constexpr std::string_view kField = "field:";
    if (word.starts_with(kField)) {
      result_.parts_.push_back({Kind::kField, std::string(word.substr(kField.size()))});
      return absl::OkStatus();
    }
    return InvalidArgument(
        "format, column {}: unknown {}; there are id, offset, partition, key, stream, position, "
        "time, "
        "field:NAME and fields",
        column, Quoted(word));
  }

  void EndLiteral() {
    if (literal_.empty()) return;
    result_.parts_.push_back({Template::Kind::kText, std::move(literal_)});
    literal_.clear();
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string literal_;
  Template result_;
};

absl::StatusOr<Template> Template::Parse(std::string_view text) {
  return TemplateParser(text).Parse();
}

bool Template::has_position() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.kind == Kind::kPosition; });
}

void Template::Append(const EntryView& entry, const Origin& origin, std::string* out) const {
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::kText:
        out->append(part.text);
        break;
      case Kind::kId:
        AppendId(entry.id, out);
        break;
      case Kind::kOffset:
        if (origin.placed) AppendNumber(entry.offset, out);
        break;
      case Kind::kPartition:
        if (origin.placed) AppendNumber(entry.partition, out);
        break;
      case Kind::kKey:
        if (entry.key.has_value()) out->append(*entry.key);
        break;
      case Kind::kStream:
        out->append(origin.stream);
        break;
      case Kind::kPosition:
        out->append(origin.position.ToString());
        break;
      case Kind::kTime:
        AppendTime(entry.id, out);
        break;
      case Kind::kField:
        if (const auto value = entry.fields.Find(part.text)) out->append(*value);
        break;
      case Kind::kFields:
        AppendFields(entry.fields, out);
        break;
    }
  }
}

void AppendFields(const EncodedFields& fields, std::string* out) {
  bool first = true;
  for (const FieldView& field : fields) {
    if (!first) out->push_back(' ');
    first = false;
    AppendWord(field.name, out);
    out->push_back('=');
    AppendWord(field.value, out);
  }
}

}  // namespace evlog::cli
