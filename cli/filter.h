// Which entries to show: --type, --where and --grep; of a pattern, a range of ids too.
#ifndef EVLOG_CLI_FILTER_H_
#define EVLOG_CLI_FILTER_H_

#include <regex.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/entry.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

// Ids from `first` to before `end`.
struct IdRange {
  EntryId first = EntryId::Min();
  std::optional<EntryId> end = std::nullopt;  // none: to the last one

  bool Holds(EntryId id) const { return id >= first && (!end.has_value() || id < *end); }
  friend bool operator==(const IdRange&, const IdRange&) = default;
};

// All conditions must hold. Judges views; copies nothing. Used by one thread at a time.
class Filter {
 public:
  // `where`: FIELD=VALUE each; holds when some field of that name has exactly that value.
  // `grep`: POSIX extended regular expressions over bytes; each must be found in some value.
  // `types`: the value of some field `type` is one of them; none: whatever it is.
  // Errors: INVALID_ARGUMENT quoting the condition.
  static absl::StatusOr<Filter> Make(const std::vector<std::string>& where,
                                     const std::vector<std::string>& grep,
                                     const std::vector<std::string>& types = {});

  // Lets only ids of `range` pass.
  void Within(const IdRange& range) { range_ = range; }

  bool Matches(const EntryView& entry) const;

  // Whether it lets everything pass.
  bool empty() const {
    return where_.empty() && grep_.empty() && types_.empty() && range_ == IdRange();
  }

 private:
  struct Where {
    std::string field;
    std::string value;
  };
  struct FreeRegex {
    void operator()(regex_t* regex) const;
  };
  // An expression without special characters is searched as it is; others have `regex`.
  struct Grep {
    std::string literal;
    std::unique_ptr<regex_t, FreeRegex> regex;
  };

  static bool Holds(const Where& where, const EntryView& entry);
  static bool Holds(const Grep& grep, const EntryView& entry);
  bool TypeHolds(const EntryView& entry) const;

  std::vector<Where> where_;
  std::vector<Grep> grep_;
  std::vector<std::string> types_;
  IdRange range_;
};

// Splits `name=value` at its first `=`. Errors: INVALID_ARGUMENT when there is none, or no name.
absl::StatusOr<FieldView> SplitField(std::string_view text);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_FILTER_H_
