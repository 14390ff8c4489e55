#include "tests/crash/repeater.h"

#include <utility>

#include "log/base/status.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

constexpr const char* kStreams[kRepeatedStreams] = {"numbers", "ids", "content"};

Idempotence MarkOf(int i, uint64_t n, const std::string& text) {
  if (i == 0) return Idempotence::Sequence("repeater", n);
  if (i == 1) return Idempotence::Id("repeater", text);
  return Idempotence::Content("repeater");
}

}  // namespace

const char* RepeatedStream(int i) { return kStreams[i]; }

absl::Status Repeat(EventLog& log, uint64_t seed, uint64_t calls, std::vector<uint64_t> starts,
                    const std::function<void(const Record&)>& report) {
  Rng rng(seed);
  std::vector<Stream> streams;
  for (const char* name : kStreams) {
    ASSIGN_OR_RETURN(Stream stream, log.OpenStream(name, {.durability = Durability::kOs,
                                                          .idempotence_window = absl::Hours(1)}));
    streams.push_back(std::move(stream));
  }
  for (uint64_t call = 0; call < calls; ++call) {
    for (int i = 0; i < kRepeatedStreams; ++i) {
      const uint64_t n = starts[i]++;
      const std::string text = std::to_string(n);
      const Record attempt = AttemptOf(static_cast<uint16_t>(i), n, 1);
      report(attempt);
      const Durability durability = rng.Percent(20) ? Durability::kSync : Durability::kOs;
      ASSIGN_OR_RETURN(const AppendResult result,
                       streams[i].Append({{"n", text}}, {.idempotence = MarkOf(i, n, text),
                                                         .durability = durability}));
      report(AcknowledgmentOf(attempt, durability, result));
    }
  }
  return absl::OkStatus();
}

}  // namespace evlog
