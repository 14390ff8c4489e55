#include "tests/model/model_run.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "embedded/here.h"
#include "embedded/local_event_log.h"
#include "log/base/status.h"
#include "tests/support/mem_fs.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint32_t kPartitionCounts[] = {1, 1, 2, 3, 7, 40};
constexpr size_t kStreamsMax = 5;

}  // namespace

ModelRun::ModelRun(uint64_t seed) : rng_(seed), answers_(std::make_unique<Answers>()) {
  if (rng_.Percent(50)) {
    environment_.file_system = NewMemFs();
  } else {
    fault_fs_ = std::make_shared<FaultFs>(temp_.Path("stash"));
    environment_.file_system = fault_fs_;
    crashes_ = rng_.Percent(70);
  }
  options_.clock = &clock_;
  options_.maintenance_interval = absl::InfiniteDuration();
  options_.disk_free_min = 0;
  options_.memtable_bytes = rng_.Percent(50) ? size_t{64} << 10 : size_t{1} << 20;
  // A flush that a power loss cuts short makes RocksDB pause, or fail its own assertions.
  if (crashes_) options_.memtable_bytes = size_t{16} << 20;
  const size_t tails[] = {0, 1, 3000, size_t{1} << 20};
  options_.tail_cache_bytes = tails[rng_.Below(4)];
  options_.in_flight_bytes = rng_.Percent(50) ? 1024 : size_t{1} << 20;
  options_.idle_streams_max = rng_.Below(4);
  options_.block_cache_bytes = size_t{64} << 10;
  options_.idempotence_cache_bytes = rng_.Percent(50) ? 0 : size_t{1} << 20;
}

void ModelRun::Open() {
  absl::StatusOr<std::unique_ptr<EventLog>> log = OpenOn(environment_, temp_.Path("log"), options_);
  ASSERT_OK(log);
  log_ = *std::move(log);
}

void ModelRun::OpenStreams() {
  for (const std::unique_ptr<Subject>& subject : subjects_) {
    absl::StatusOr<Stream> stream = log_->OpenStream(subject->name, {}, IfMissing::kError);
    ASSERT_OK(stream);
    subject->stream = *std::move(stream);
    ModelOf(*subject).Restart();
  }
  Synced();  // what was recovered is on the disk
}

void ModelRun::Run() {
  if (fault_fs_ == nullptr) {
    ASSERT_TRUE(environment_.file_system->CreateDirIfMissing(temp_.path(), {}, nullptr).ok());
  }
  Open();
  if (::testing::Test::HasFailure()) return;
  Synced();
  CreateStream();
  const uint64_t steps = rng_.Between(20, 120);
  for (uint64_t i = 0; i < steps && !::testing::Test::HasFailure(); ++i) Step();
  if (!::testing::Test::HasFailure()) Restart();
  for (const std::unique_ptr<Subject>& subject : subjects_) CheckInvariants(*subject);
  CheckState();
}

void ModelRun::PrintSteps() const {
  for (const std::string& step : steps_) std::cerr << "  " << step << '\n';
}

void ModelRun::Step() {
  if (subjects_.empty()) return CreateStream();
  const uint64_t draw = rng_.Below(100);
  if (draw < 29) return Append();
  if (draw < 37) return AppendAsync();
  if (draw < 43) return Transact();
  if (draw < 49) return Trim();
  if (draw < 55) return Delete();
  if (draw < 57) return Alter();
  if (draw < 58) return rng_.Percent(50) ? Drop() : SetLastId();
  if (draw < 60) return Rename();
  if (draw < 62) return Maintain();
  if (draw < 74) return Read();
  if (draw < 80) return Follow();
  if (draw < 86) return MoveClock();
  if (draw < 89) return CreateStream();
  if (draw < 92) return Restart();
  if (draw < 94) return Crash();
  if (draw < 96) return Sync();
  if (draw < 97) return CheckState();
  return Describe();
}

std::string ModelRun::FreeName() const {
  for (size_t i = 0;; ++i) {
    const std::string name = "s" + std::to_string(i);
    if (model_.streams.count(name) == 0) return name;
  }
}

void ModelRun::Forget(const std::string& name) {
  std::erase_if(subjects_, [&](const auto& subject) { return subject->name == name; });
}

void ModelRun::CreateStream() {
  if (subjects_.size() == kStreamsMax) return;
  StreamOptions options;
  options.partitions = kPartitionCounts[rng_.Below(std::size(kPartitionCounts))];
  options.durability = static_cast<Durability>(rng_.Between(1, 3));
  options.idempotence_ids = static_cast<uint32_t>(rng_.Percent(50) ? 100 : rng_.Between(1, 5));
  const std::string name = FreeName();
  Note(fmt::format("create {} partitions {} durability {}", name, options.partitions,
                   static_cast<int>(options.durability)));
  absl::StatusOr<Stream> stream = log_->CreateStream(name, options);
  ASSERT_OK(stream);
  auto subject = std::make_unique<Subject>();
  subject->name = name;
  subject->stream = *std::move(stream);
  subjects_.push_back(std::move(subject));
  model_.streams.emplace(name, ModelStream(options));
  Changed();
  Written();
}

void ModelRun::Append() {
  Subject& subject = Any();
  ModelStream& model = ModelOf(subject);
  const std::vector<NewEntry> entries = RandomEntries(model);
  const std::optional<Durability> durability = RandomDurability();
  const ModelAsk ask = RandomAsk(model);
  const absl::StatusOr<AppendResult> expected = model.Append(clock_.Now(), entries, ask);
  Changed();
  const absl::StatusOr<AppendResult> result =
      subject.stream.Append(BatchOf(entries), OptionsOf(ask, durability));
  Note(fmt::format("append {} {} entries{}{}: {}", subject.name, entries.size(),
                   ask.expect ? " expecting" : "", ask.mark ? " by " + ask.mark->producer : "",
                   result.ok() ? TextOf(*result) : result.status().ToString()));
  ASSERT_EQ(result.status().code(), expected.status().code()) << result.status();
  if (!result.ok()) return;
  ASSERT_EQ(TextOf(*result), TextOf(*expected));
  const Durability level = durability.value_or(model.options().durability);
  if (level != Durability::kAsync) Written();
  if (level == Durability::kSync) Synced();
}

void ModelRun::AppendAsync() {
  Subject& subject = Any();
  ModelStream& model = ModelOf(subject);
  const int calls = static_cast<int>(rng_.Between(1, 10));
  Note(fmt::format("append to {} {} times without waiting", subject.name, calls));
  for (int i = 0; i < calls; ++i) {
    const std::vector<NewEntry> entries = RandomEntries(model);
    const Durability durability = RandomDurability().value_or(model.options().durability);
    const ModelAsk ask = RandomAsk(model);
    absl::StatusOr<AppendResult> expected = model.Append(clock_.Now(), entries, ask);
    std::optional<TrimOptions> trim;  // in the same commit
    if (!ask.mark && rng_.Percent(20)) trim = RandomTrim(model);
    if (trim && !Here::CanTrim(subject.stream, *trim)) trim.reset();
    if (trim && expected.ok()) model.Trim(clock_.Now(), trim->keep, trim->limit);
    Changed();
    expected_.push_back({durability == Durability::kAsync, std::move(expected)});
    const AppendOptions options = OptionsOf(ask, durability);
    if (trim) {
      Here::AppendAndTrim(subject.stream, BatchOf(entries), options, *trim, answers_->Collect());
    } else {
      subject.stream.AppendAsync(BatchOf(entries), options, answers_->Collect());
    }
  }
}

void ModelRun::Read() {
  Settle();
  Subject& subject = Any();
  ReadRequest request;
  const ModelStream& model = ModelOf(subject);
  request.stream = subject.name;
  request.on_trimmed = OnTrimmed::kSkip;
  if (rng_.Percent(40)) {
    request.partition = static_cast<uint16_t>(rng_.Below(model.options().partitions + 1));
  }
  request.from = RandomBound(model, true);
  if (rng_.Percent(60)) request.until = RandomBound(model, false);
  if (rng_.Percent(50)) request.direction = Direction::kBackward;
  if (rng_.Percent(30)) request.limit = rng_.Skewed(6);
  Note(fmt::format("read {} partition {} from {}:{} until {}:{} backward {} limit {}",
                   request.stream, request.partition ? *request.partition : -1,
                   static_cast<int>(request.from.kind()), request.from.id().ToString(),
                   request.until ? static_cast<int>(request.until->kind()) : -1,
                   request.until ? request.until->id().ToString() : "",
                   request.direction == Direction::kBackward, request.limit));
  const absl::StatusOr<std::vector<OwnedEntry>> expected = model.Read(request);
  const absl::StatusOr<std::vector<OwnedEntry>> found = ReadAll(*log_, request);
  ASSERT_EQ(found.status().code(), expected.status().code()) << found.status();
  if (!found.ok()) return;
  ASSERT_EQ(*found, *expected);
}

void ModelRun::Follow() {
  Settle();
  Subject& subject = Any();
  const ModelStream& model = ModelOf(subject);
  if (!subject.follower) {
    subject.follower_partition.reset();
    if (rng_.Percent(30)) {
      subject.follower_partition = static_cast<uint16_t>(rng_.Below(model.options().partitions));
    }
    Note(fmt::format("follow {} partition {}", subject.name,
                     subject.follower_partition ? *subject.follower_partition : -1));
    absl::StatusOr<Cursor> cursor = log_->Read({.stream = subject.name,
                                                .partition = subject.follower_partition,
                                                .on_trimmed = OnTrimmed::kSkip});
    ASSERT_OK(cursor);
    subject.follower.emplace(*std::move(cursor));
    subject.followed = EntryId::Min();
    return;
  }
  Note(fmt::format("follow {} on, from {}", subject.name, subject.followed.ToString()));
  const absl::StatusOr<std::vector<OwnedEntry>> expected =
      model.Read({.stream = subject.name,
                  .partition = subject.follower_partition,
                  .from = Bound::ExclusiveId(subject.followed)});
  ASSERT_OK(expected);
  const absl::StatusOr<std::vector<OwnedEntry>> more = Drain(&*subject.follower);
  ASSERT_OK(more);
  ASSERT_EQ(*more, *expected);
  if (!more->empty()) subject.followed = more->back().id;
}

void ModelRun::MoveClock() {
  const int64_t ms = static_cast<int64_t>(rng_.Skewed(12)) * (rng_.Percent(30) ? -1 : 1);
  Note(fmt::format("clock {} ms", ms));
  clock_.Advance(absl::Milliseconds(ms));
}

void ModelRun::Restart() {
  const bool sync_before = rng_.Percent(50);
  Note(sync_before ? "restart after a sync" : "restart");
  if (sync_before) Settle();
  for (const std::unique_ptr<Subject>& subject : subjects_) {
    subject->follower.reset();
    subject->stream = Stream();
  }
  ASSERT_OK(log_->Close());
  log_.reset();
  CheckAnswers();
  Open();
  if (!::testing::Test::HasFailure()) OpenStreams();
}

void ModelRun::Sync() {
  Note("sync");
  Settle();
  CheckInvariants(Any());
}

void ModelRun::Describe() {
  Note("describe");
  Settle();
  const absl::StatusOr<std::vector<StreamInfo>> infos = log_->ListStreams();
  ASSERT_OK(infos);
  ASSERT_EQ(infos->size(), model_.streams.size());
  auto expected = model_.streams.begin();
  for (const StreamInfo& info : *infos) {
    const auto& [name, model] = *expected++;
    ASSERT_EQ(info.name, name);
    ASSERT_EQ(info.options, model.options());
    ASSERT_EQ(info.entries, model.entries().size());
    ASSERT_EQ(info.last_id, model.last_id());
    ASSERT_EQ(info.entries_added, model.entries_added());
    for (size_t i = 0; i < info.partitions.size(); ++i) {
      const auto p = static_cast<uint16_t>(i);
      SCOPED_TRACE(fmt::format("{}, partition {}", name, p));
      ASSERT_EQ(info.partitions[p].next_offset, model.next_offset(p));
      ASSERT_EQ(info.partitions[p].first_offset, model.first_offset(p));
      ASSERT_EQ(info.partitions[p].max_deleted_id, model.max_deleted_id(p));
    }
  }
}

void ModelRun::Settle() {
  ASSERT_OK(log_->Sync());
  answers_->Await(expected_.size());
  CheckAnswers();
  Synced();
}

// Each durability answers in its own order, so they are compared as sets.
void ModelRun::CheckAnswers() {
  const std::vector<absl::StatusOr<AppendResult>> results = answers_->Await(expected_.size());
  const auto text_of = [](const absl::StatusOr<AppendResult>& result) {
    return result.ok() ? TextOf(*result) : absl::StatusCodeToString(result.status().code());
  };
  std::vector<std::string> expected, found;
  for (const Expected& answer : expected_) expected.push_back(text_of(answer.result));
  for (const absl::StatusOr<AppendResult>& result : results) found.push_back(text_of(result));
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  ASSERT_EQ(found, expected);
  expected_.clear();
  answers_ = std::make_unique<Answers>();
}

void ModelRun::CheckInvariants(const Subject& subject) {
  const absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(*log_, {.stream = subject.name});
  ASSERT_OK(entries);
  const ModelStream& model = ModelOf(subject);
  EntryId last = EntryId::Min();
  std::map<uint16_t, uint64_t> next_offsets;
  for (const OwnedEntry& entry : *entries) {
    ASSERT_GT(entry.id, last);  // I1, and the merge's order
    last = entry.id;
    ASSERT_GE(entry.offset, next_offsets[entry.partition]);
    next_offsets[entry.partition] = entry.offset + 1;
  }
  ASSERT_EQ(*entries, model.entries());
}

}  // namespace evlog
