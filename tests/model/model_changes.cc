// The steps that take away, alter, and do several things as one.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/base/status.h"
#include "tests/model/model_run.h"
#include "tests/support/status_matchers.h"

namespace evlog {

void ModelRun::Trim() {
  Settle();
  Subject& subject = Any();
  ModelStream& model = ModelOf(subject);
  const TrimOptions options = RandomTrim(model);
  Note(fmt::format("trim {} entries {} bytes {} age {} id {} exact {} limit {} dry {}",
                   subject.name,
                   options.keep.max_entries ? static_cast<int64_t>(*options.keep.max_entries) : -1,
                   options.keep.max_bytes ? static_cast<int64_t>(*options.keep.max_bytes) : -1,
                   options.keep.max_age ? absl::FormatDuration(*options.keep.max_age) : "",
                   options.keep.min_id ? options.keep.min_id->ToString() : "", options.keep.exact,
                   static_cast<int64_t>(options.limit), options.dry_run));
  ModelStream trimmed = model;
  uint64_t expected = trimmed.Trim(clock_.Now(), options.keep, options.limit);
  const absl::StatusOr<TrimResult> result = subject.stream.Trim(options);
  ASSERT_OK(result);
  if (options.keep.max_bytes && !options.dry_run) {
    // Where rows end decides; what is gone is taken from the log, and must be its oldest.
    const absl::StatusOr<StreamInfo> info = log_->DescribeStream(subject.name);
    ASSERT_OK(info);
    for (uint16_t p = 0; p < info->partitions.size(); ++p) {
      ASSERT_GE(info->partitions[p].first_offset, trimmed.first_offset(p));
      expected += trimmed.BeginAt(p, info->partitions[p].first_offset);
    }
    ASSERT_LE(expected, options.limit);
  }
  if (!options.keep.max_bytes || !options.dry_run) {
    ASSERT_EQ(result->entries, expected);
  }
  if (options.dry_run) return;
  model = std::move(trimmed);
  Changed();
  Written();
}

void ModelRun::Delete() {
  Settle();
  Subject& subject = Any();
  ModelStream& model = ModelOf(subject);
  const std::vector<EntryId> ids = RandomIds(model);
  Note(fmt::format("delete {} ids of {}, the first {}", ids.size(), subject.name,
                   ids.front().ToString()));
  const absl::StatusOr<DeleteResult> result =
      subject.stream.Delete(ids, {.durability = RandomDurability()});
  ASSERT_OK(result);
  ASSERT_EQ(result->entries, model.Delete(ids));
  Changed();
  Written();
}

void ModelRun::Drop() {
  Subject& subject = Any();
  Note("drop " + subject.name);
  Settle();
  ASSERT_OK(log_->DropStream(subject.name));
  ASSERT_THAT(subject.stream.Append({{"v", "x"}}), StatusIs(absl::StatusCode::kNotFound));
  model_.streams.erase(subject.name);
  Changed();
  Written();
  Forget(std::string(subject.name));
}

void ModelRun::Rename() {
  Settle();
  Subject& subject = Any();
  const std::string from = subject.name;
  const std::string to = rng_.Percent(50) ? FreeName() : Any().name;
  const bool replace = rng_.Percent(50);
  Note(fmt::format("rename {} to {} replace {}", from, to, replace));
  const absl::Status status = log_->RenameStream(from, to, replace);
  if (from == to) {
    ASSERT_OK(status);
    return;
  }
  if (model_.streams.count(to) != 0 && !replace) {
    ASSERT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
    return;
  }
  ASSERT_OK(status);
  Forget(to);
  auto moved = model_.streams.extract(from);
  model_.streams.erase(to);
  moved.key() = to;
  model_.streams.insert(std::move(moved));
  for (const std::unique_ptr<Subject>& one : subjects_) {
    if (one->name == from) one->name = to;
  }
  Changed();
  Written();
}

void ModelRun::Alter() {
  Settle();  // entries that were not yet visible would be by another rule
  Subject& subject = Any();
  StreamOptions& options = ModelOf(subject).options();
  StreamChanges changes;
  if (rng_.Percent(50)) changes.durability = static_cast<Durability>(rng_.Between(1, 3));
  if (rng_.Percent(50)) changes.idempotence_ids = static_cast<uint32_t>(rng_.Between(1, 10));
  if (rng_.Percent(50)) {
    changes.idempotence_window = absl::Milliseconds(1 + static_cast<int64_t>(rng_.Skewed(13)));
  }
  Note("alter " + subject.name);
  ASSERT_OK(log_->AlterStream(subject.name, changes));
  if (changes.durability) options.durability = *changes.durability;
  if (changes.idempotence_ids) options.idempotence_ids = *changes.idempotence_ids;
  if (changes.idempotence_window) options.idempotence_window = *changes.idempotence_window;
  Changed();
  Written();
}

void ModelRun::SetLastId() {
  Settle();
  Subject& subject = Any();
  ModelStream& model = ModelOf(subject);
  EntryId id = rng_.Percent(70) ? model.last_id() : RandomId(model);
  if (rng_.Percent(60)) id.ms += rng_.Skewed(20);
  if (rng_.Percent(20)) id.seq += rng_.Skewed(10);
  LastIdOptions options;
  if (rng_.Percent(30)) options.entries_added = rng_.Skewed(40);
  if (rng_.Percent(30)) options.max_deleted_id = RandomId(model);
  Note(fmt::format("set last id of {} to {} added {} deleted {}", subject.name, id.ToString(),
                   options.entries_added ? std::to_string(*options.entries_added) : "-",
                   options.max_deleted_id ? options.max_deleted_id->ToString() : "-"));
  const absl::Status status = log_->SetLastId(subject.name, id, options);
  ASSERT_EQ(status.code(), model.SetLastId(id, options).code()) << status;
  if (!status.ok()) return;
  Changed();
  Written();
}

void ModelRun::Transact() {
  Settle();
  Transaction transaction;
  ModelLog after = model_;
  absl::Status expected;
  std::vector<std::string> results;
  std::vector<std::pair<Subject*, std::vector<EntryId>>> deletions;
  for (uint64_t i = rng_.Between(1, 5); i > 0; --i) {
    Subject& subject = Any();
    ModelStream& model = after.streams.at(subject.name);
    const uint64_t draw = rng_.Below(100);
    if (draw < 50) {
      std::vector<NewEntry> entries = RandomEntries(model);
      for (NewEntry& entry : entries) entry.id.reset();
      ModelAsk ask;
      if (rng_.Percent(30)) ask.expect = RandomExpect(model);
      ASSERT_OK(transaction.Append(subject.stream, BatchOf(entries), OptionsOf(ask, {})));
      const absl::StatusOr<AppendResult> result = model.Append(clock_.Now(), entries, ask);
      if (expected.ok()) expected = result.status();
      if (result.ok()) results.push_back(TextOf(*result));
    } else if (draw < 60) {
      const Expect expect = RandomExpect(model);
      transaction.Require(subject.stream, expect);
      if (expected.ok() && !model.Holds(expect, 0)) expected = absl::AbortedError("required");
    } else if (draw < 75) {
      const std::vector<EntryId> ids = RandomIds(ModelOf(subject));
      transaction.Delete(subject.stream, ids);
      deletions.emplace_back(&subject, ids);
    } else {
      const std::string space(1, static_cast<char>('a' + rng_.Below(2)));
      const std::string key = rng_.Bytes(rng_.Below(2)), value = rng_.Bytes(rng_.Skewed(5));
      if (rng_.Percent(70)) {
        transaction.PutState(space, key, value);
        after.state[{space, key}] = value;
      } else {
        transaction.DeleteState(space, key);
        after.state.erase({space, key});
      }
    }
  }
  // Only what is there before can be deleted.
  for (const auto& [subject, ids] : deletions) {
    std::vector<EntryId> there;
    for (const OwnedEntry& entry : ModelOf(*subject).entries()) there.push_back(entry.id);
    std::vector<EntryId> gone;
    for (const EntryId id : ids) {
      if (std::binary_search(there.begin(), there.end(), id)) gone.push_back(id);
    }
    after.streams.at(subject->name).Delete(gone);
  }
  const std::optional<Durability> durability = RandomDurability();
  const absl::StatusOr<CommitResult> result = log_->Commit(std::move(transaction), durability);
  Note("transaction: " + result.status().ToString());
  ASSERT_EQ(result.status().code(), expected.code()) << result.status();
  if (!result.ok()) {
    for (auto& [name, model] : model_.streams) model.TakeTurnsOf(after.streams.at(name));
    return;
  }
  std::vector<std::string> found;
  for (const AppendResult& append : result->appends) found.push_back(TextOf(append));
  ASSERT_EQ(found, results);
  model_ = std::move(after);
  Changed();
  Written();
}

void ModelRun::CheckState() {
  for (const char* space : {"a", "b"}) {
    std::vector<std::pair<std::string, std::string>> expected;
    for (const auto& [key, value] : model_.state) {
      if (key.first == space) expected.emplace_back(key.second, value);
    }
    const auto found = log_->ListState(space);
    ASSERT_OK(found);
    ASSERT_EQ(*found, expected);
    if (expected.empty()) continue;
    const auto& [key, value] = expected[rng_.Below(expected.size())];
    ASSERT_THAT(log_->GetState(space, key), IsOkAndHolds(value));
  }
}

void ModelRun::Maintain() {
  Note("maintain");
  Settle();
  ASSERT_OK(log_->Maintain());
  CheckInvariants(Any());
}

}  // namespace evlog
