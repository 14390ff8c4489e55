#include "tests/crash/projector.h"

#include <atomic>
#include <charconv>
#include <thread>
#include <utility>
#include <vector>

#include "log/base/status.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

constexpr const char* kInputs[] = {"in-os", "in-sync"};

uint64_t Number(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

StreamOptions OptionsOf(int input) {
  if (input == 0) return {.durability = Durability::kOs};
  return {.partitions = 3, .durability = Durability::kSync};
}

// What it is then.
absl::StatusOr<uint64_t> AddTo(ProjectionBatch& batch, const std::string& key, uint64_t amount) {
  ASSIGN_OR_RETURN(const std::optional<std::string> before, batch.Get(key));
  amount += before ? Number(*before) : 0;
  batch.Put(key, std::to_string(amount));
  return amount;
}

absl::Status Produce(EventLog& log, int input, uint64_t seed, uint64_t calls,
                     const std::function<void(const Record&)>& report) {
  Rng rng(seed);
  ASSIGN_OR_RETURN(Stream stream, log.OpenStream(kInputs[input], OptionsOf(input)));
  for (uint64_t call = 0; call < calls; ++call) {
    Batch batch;
    for (uint64_t n = 1 + rng.Below(8); n != 0; --n) {
      RETURN_IF_ERROR(batch.Add(
          {{"n", std::to_string(rng.Skewed(20))}, {"pad", std::string(rng.Skewed(11), '.')}}));
    }
    RETURN_IF_ERROR(stream.Append(std::move(batch), {.durability = Durability::kOs}).status());
    report(AttemptOf(static_cast<uint16_t>(input), call, 1));
  }
  return absl::OkStatus();
}

}  // namespace

std::string OutOf(uint64_t version) { return "out-" + std::to_string(version); }

absl::StatusOr<Projection> OpenFold(EventLog& log, uint64_t version, uint64_t commit_entries) {
  ASSIGN_OR_RETURN(Stream out, log.OpenStream(OutOf(version), {.durability = Durability::kOs}));
  return log.OpenProjection(
      {.name = kFoldName,
       .version = version,
       .pattern = kFoldPattern,
       .commit_entries = commit_entries},
      [version, out](const ProjectedEntry& seen, ProjectionBatch& batch) -> absl::Status {
        const std::string stream(seen.stream);
        const uint64_t number = Number(seen.entry.fields.Find("n").value_or(""));
        RETURN_IF_ERROR(AddTo(batch, stream + " count", 1).status());
        RETURN_IF_ERROR(AddTo(batch, stream + " sum", version * number).status());
        ASSIGN_OR_RETURN(const uint64_t all, AddTo(batch, "all", 1));
        return batch.Append(out, {{"n", std::to_string(all)}});
      });
}

absl::StatusOr<std::map<std::string, uint64_t>> FoldOf(EventLog& log, uint64_t version,
                                                       const Position& until) {
  std::map<std::string, uint64_t> fold;
  ASSIGN_OR_RETURN(Cursor cursor, log.Read({.pattern = kFoldPattern}));
  ChunkView view;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&view));
    if (!more) return fold;
    uint32_t done = 0;
    for (const EntryView& entry : view) {
      if (cursor.position(done++) >= until) return fold;  // that before the entry
      fold[cursor.stream() + " count"] += 1;
      fold[cursor.stream() + " sum"] += version * Number(entry.fields.Find("n").value_or(""));
      fold["all"] += 1;
    }
  }
}

absl::Status Project(EventLog& log, uint64_t seed, uint64_t calls, uint64_t version,
                     const std::function<void(const Record&)>& report) {
  Rng rng(seed);
  ASSIGN_OR_RETURN(Projection fold, OpenFold(log, version, 1 + rng.Below(20)));
  std::atomic<int> producing{2};
  absl::Status produced[2];
  std::vector<std::thread> threads;
  for (int input = 0; input < 2; ++input) {
    threads.emplace_back([&, input] {
      produced[input] = Produce(log, input, seed + 1 + input, calls, report);
      --producing;
    });
  }
  absl::Status status;
  do {
    const absl::StatusOr<uint64_t> handled = fold.RunOnce();
    status = handled.status();
    if (status.ok() && *handled != 0) report(AttemptOf(2, 0, 1));
  } while (status.ok() && producing != 0);
  for (std::thread& thread : threads) thread.join();
  RETURN_IF_ERROR(produced[0]);
  RETURN_IF_ERROR(produced[1]);
  RETURN_IF_ERROR(status);
  return fold.RunOnce().status();
}

}  // namespace evlog
