// `append --producer` and what belongs to it: appends that may be repeated and happen once.
#ifndef EVLOG_CLI_PRODUCER_FLAGS_H_
#define EVLOG_CLI_PRODUCER_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/entry.h"
#include "evlog/idempotence.h"

namespace CLI {
class App;
}

namespace evlog::cli {

// How entries are marked so that a repeat of them is known.
struct Producer {
  enum class By : uint8_t { kNothing, kSequence, kId, kField, kContent };

  By by = By::kNothing;
  std::string name;
  uint64_t sequence = 0;  // kSequence: of the first entry; each further one has the next number
  std::string id;         // kId: of all entries together
  std::string field;      // kField: the one that holds the id of an entry

  // Whether all entries must go as one append.
  bool whole() const { return by == By::kId; }
  // Whether each entry must be an append of its own.
  bool each() const { return by == By::kField || by == By::kContent; }

  // The mark of an append of one entry, or of one with an id for all. `fields` are those of its
  // first entry. The views of the answer are into this, and into `fields`. Errors:
  // INVALID_ARGUMENT when the field is missing, empty, or too long.
  absl::StatusOr<std::optional<Idempotence>> MarkOf(const std::vector<FieldView>& fields) const;
};

// The options of the command line, as they stand there.
struct ProducerFlags {
  std::optional<std::string> producer;
  std::optional<std::string> sequence;
  std::optional<std::string> id;
  std::string field;
  bool by_content = false;

  void AddTo(CLI::App* app);

  // Errors: INVALID_ARGUMENT naming what is missing, or does not go together.
  absl::StatusOr<Producer> Parse() const;
};

// The value of a field that an option names. Errors: INVALID_ARGUMENT when there is none.
absl::StatusOr<std::string_view> FindField(std::string_view field, const char* option,
                                           const std::vector<FieldView>& fields);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_PRODUCER_FLAGS_H_
