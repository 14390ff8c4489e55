#include "cli/filter.h"

#include <string.h>

#include <utility>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// The field that says what kind of event an entry is.
constexpr std::string_view kTypeField = "type";

bool IsLiteral(std::string_view expression) {
  return expression.find_first_of(std::string_view("\\^$.[]|()?*+{}\n", 15)) ==
         std::string_view::npos;
}

}  // namespace

void Filter::FreeRegex::operator()(regex_t* regex) const {
  regfree(regex);
  delete regex;
}

absl::StatusOr<FieldView> SplitField(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return InvalidArgument("{} is not FIELD=VALUE", Quoted(text));
  }
  return FieldView{text.substr(0, equals), text.substr(equals + 1)};
}

absl::StatusOr<Filter> Filter::Make(const std::vector<std::string>& where,
                                    const std::vector<std::string>& grep,
                                    const std::vector<std::string>& types) {
  Filter filter;
  filter.types_ = types;
  for (const std::string& condition : where) {
    const absl::StatusOr<FieldView> split = SplitField(condition);
    if (!split.ok()) return Annotate(split.status(), "--where");
    filter.where_.push_back({std::string(split->name), std::string(split->value)});
  }
  for (const std::string& expression : grep) {
    Grep compiled;
    if (IsLiteral(expression)) {
      compiled.literal = expression;
    } else {
      auto regex = std::make_unique<regex_t>();
      const int error = regcomp(regex.get(), expression.c_str(), REG_EXTENDED | REG_NOSUB);
      if (error != 0) {
        char why[128];
        regerror(error, regex.get(), why, sizeof why);
        return InvalidArgument("--grep {}: {}", Quoted(expression), why);
      }
      compiled.regex.reset(regex.release());
    }
    filter.grep_.push_back(std::move(compiled));
  }
  return filter;
}

bool Filter::Holds(const Where& where, const EntryView& entry) {
  for (const FieldView& field : entry.fields) {
    if (field.name == where.field && field.value == where.value) return true;
  }
  return false;
}

bool Filter::Holds(const Grep& grep, const EntryView& entry) {
  for (const FieldView& field : entry.fields) {
    const std::string_view value = field.value;
    if (grep.regex == nullptr) {
      if (grep.literal.empty() ||
          memmem(value.data(), value.size(), grep.literal.data(), grep.literal.size()) != nullptr) {
        return true;
      }
    } else {
      // GNU's search, because regexec wants a string that ends with a zero. A value is 16 MiB at
      // most.
      const auto size = static_cast<regoff_t>(value.size());
      if (re_search(grep.regex.get(), value.data(), size, 0, size, nullptr) >= 0) return true;
    }
  }
  return false;
}

bool Filter::TypeHolds(const EntryView& entry) const {
  if (types_.empty()) return true;
  for (const FieldView& field : entry.fields) {
    if (field.name != kTypeField) continue;
    for (const std::string& type : types_) {
      if (field.value == type) return true;
    }
  }
  return false;
}

bool Filter::Matches(const EntryView& entry) const {
  if (!range_.Holds(entry.id) || !TypeHolds(entry)) return false;
  for (const Where& where : where_) {
    if (!Holds(where, entry)) return false;
  }
  for (const Grep& grep : grep_) {
    if (!Holds(grep, entry)) return false;
  }
  return true;
}

}  // namespace evlog::cli
