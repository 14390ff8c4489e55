#include "tests/model/model_run.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "embedded/local_event_log.h"
#include "log/base/status.h"
#include "log/partitioner.h"
#include "tests/support/fault_fs.h"
#include "tests/support/mem_fs.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint32_t kPartitionCounts[] = {1, 1, 2, 3, 7, 40};
constexpr size_t kStreamsMax = 5;

}  // namespace

ModelRun::ModelRun(uint64_t seed) : rng_(seed), answers_(std::make_unique<Answers>()) {
  if (rng_.Percent(70)) {
    environment_.file_system = NewMemFs();
  } else {
    environment_.file_system = std::make_shared<FaultFs>(temp_.Path("stash"));
  }
  options_.clock = &clock_;
  options_.maintenance_interval = absl::InfiniteDuration();
  options_.memtable_bytes = rng_.Percent(50) ? size_t{64} << 10 : size_t{1} << 20;
  const size_t tails[] = {0, 1, 3000, size_t{1} << 20};
  options_.tail_cache_bytes = tails[rng_.Below(4)];
  options_.in_flight_bytes = rng_.Percent(50) ? 1024 : size_t{1} << 20;
  options_.idle_streams_max = rng_.Below(4);
  options_.block_cache_bytes = size_t{64} << 10;
}

void ModelRun::Open() {
  absl::StatusOr<std::unique_ptr<EventLog>> log = OpenOn(environment_, temp_.Path("log"), options_);
  ASSERT_OK(log);
  log_ = *std::move(log);
  for (const std::unique_ptr<Subject>& subject : subjects_) {
    absl::StatusOr<Stream> stream = log_->OpenStream(subject->name, {}, IfMissing::kError);
    ASSERT_OK(stream);
    subject->stream = *std::move(stream);
    subject->model.Restart();
  }
}

void ModelRun::Run() {
  if (environment_.file_system->Name() == std::string("MemFs")) {
    ASSERT_TRUE(environment_.file_system->CreateDirIfMissing(temp_.path(), {}, nullptr).ok());
  }
  Open();
  if (::testing::Test::HasFailure()) return;
  CreateStream();
  const uint64_t steps = rng_.Between(20, 120);
  for (uint64_t i = 0; i < steps && !::testing::Test::HasFailure(); ++i) Step();
  if (!::testing::Test::HasFailure()) Restart();
  for (const std::unique_ptr<Subject>& subject : subjects_) CheckInvariants(*subject);
}

void ModelRun::PrintSteps() const {
  for (const std::string& step : steps_) std::cerr << "  " << step << '\n';
}

void ModelRun::Step() {
  const uint64_t draw = rng_.Below(100);
  if (draw < 40) return Append();
  if (draw < 52) return AppendAsync();
  if (draw < 72) return Read();
  if (draw < 80) return Follow();
  if (draw < 86) return MoveClock();
  if (draw < 89) return CreateStream();
  if (draw < 92) return Restart();
  if (draw < 96) return Sync();
  return Describe();
}

void ModelRun::CreateStream() {
  if (subjects_.size() == kStreamsMax) return;
  StreamOptions options;
  options.partitions = kPartitionCounts[rng_.Below(std::size(kPartitionCounts))];
  options.durability = static_cast<Durability>(rng_.Between(1, 3));
  const std::string name = "s" + std::to_string(subjects_.size());
  Note(fmt::format("create {} partitions {} durability {}", name, options.partitions,
                   static_cast<int>(options.durability)));
  absl::StatusOr<Stream> stream = log_->CreateStream(name, options);
  ASSERT_OK(stream);
  subjects_.push_back(std::make_unique<Subject>(
      Subject{name, *std::move(stream), ModelStream(options), std::nullopt, std::nullopt, 0}));
}

void ModelRun::Append() {
  Subject& subject = Any();
  const std::vector<NewEntry> entries = RandomEntries(subject.model);
  const std::optional<Durability> durability = RandomDurability();
  const absl::StatusOr<AppendResult> expected = subject.model.Append(clock_.Now(), entries);
  const absl::StatusOr<AppendResult> result =
      subject.stream.Append(BatchOf(entries), {.durability = durability});
  Note(fmt::format("append {} {} entries: {}", subject.name, entries.size(),
                   result.ok() ? TextOf(*result) : result.status().ToString()));
  ASSERT_EQ(result.status().code(), expected.status().code()) << result.status();
  if (!result.ok()) return;
  ASSERT_EQ(TextOf(*result), TextOf(*expected));
}

void ModelRun::AppendAsync() {
  Subject& subject = Any();
  const int calls = static_cast<int>(rng_.Between(1, 10));
  Note(fmt::format("append to {} {} times without waiting", subject.name, calls));
  for (int i = 0; i < calls; ++i) {
    const std::vector<NewEntry> entries = RandomEntries(subject.model);
    const Durability durability = RandomDurability().value_or(subject.model.options().durability);
    absl::StatusOr<AppendResult> expected = subject.model.Append(clock_.Now(), entries);
    expected_.push_back({durability == Durability::kAsync, std::move(expected)});
    subject.stream.AppendAsync(BatchOf(entries), {.durability = durability}, answers_->Collect());
  }
}

void ModelRun::Read() {
  Settle();
  Subject& subject = Any();
  ReadRequest request;
  request.stream = subject.name;
  if (rng_.Percent(40)) {
    request.partition = static_cast<uint16_t>(rng_.Below(subject.model.options().partitions + 1));
  }
  request.from = RandomBound(subject.model, true);
  if (rng_.Percent(60)) request.until = RandomBound(subject.model, false);
  if (rng_.Percent(50)) request.direction = Direction::kBackward;
  if (rng_.Percent(30)) request.limit = rng_.Skewed(6);
  Note(fmt::format("read {} partition {} from {}:{} until {}:{} backward {} limit {}",
                   request.stream, request.partition ? *request.partition : -1,
                   static_cast<int>(request.from.kind()), request.from.id().ToString(),
                   request.until ? static_cast<int>(request.until->kind()) : -1,
                   request.until ? request.until->id().ToString() : "",
                   request.direction == Direction::kBackward, request.limit));
  const absl::StatusOr<std::vector<OwnedEntry>> expected = subject.model.Read(request);
  const absl::StatusOr<std::vector<OwnedEntry>> found = ReadAll(*log_, request);
  ASSERT_EQ(found.status().code(), expected.status().code()) << found.status();
  if (!found.ok()) return;
  ASSERT_EQ(*found, *expected);
}

void ModelRun::Follow() {
  Settle();
  Subject& subject = Any();
  if (!subject.follower) {
    subject.follower_partition.reset();
    if (rng_.Percent(30)) {
      subject.follower_partition =
          static_cast<uint16_t>(rng_.Below(subject.model.options().partitions));
    }
    Note(fmt::format("follow {} partition {}", subject.name,
                     subject.follower_partition ? *subject.follower_partition : -1));
    absl::StatusOr<Cursor> cursor =
        log_->Read({.stream = subject.name, .partition = subject.follower_partition});
    ASSERT_OK(cursor);
    subject.follower.emplace(*std::move(cursor));
    subject.followed = 0;
    return;
  }
  Note(fmt::format("follow {} on, from entry {}", subject.name, subject.followed));
  const absl::StatusOr<std::vector<OwnedEntry>> all =
      subject.model.Read({.stream = subject.name, .partition = subject.follower_partition});
  ASSERT_OK(all);
  const absl::StatusOr<std::vector<OwnedEntry>> more = Drain(&*subject.follower);
  ASSERT_OK(more);
  const std::vector<OwnedEntry> expected(all->begin() + static_cast<ptrdiff_t>(subject.followed),
                                         all->end());
  ASSERT_EQ(*more, expected);
  subject.followed = all->size();
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
}

void ModelRun::Sync() {
  Note("sync");
  Settle();
  CheckInvariants(Any());
}

void ModelRun::Describe() {
  Settle();
  const absl::StatusOr<std::vector<StreamInfo>> infos = log_->ListStreams();
  ASSERT_OK(infos);
  ASSERT_EQ(infos->size(), subjects_.size());
  for (size_t i = 0; i < infos->size(); ++i) {
    const StreamInfo& info = (*infos)[i];
    const Subject& subject = *subjects_[i];
    ASSERT_EQ(info.name, subject.name);
    ASSERT_EQ(info.options, subject.model.options());
    ASSERT_EQ(info.entries, subject.model.entries().size());
    ASSERT_EQ(info.last_id, subject.model.last_id());
    for (uint16_t p = 0; p < info.partitions.size(); ++p) {
      ASSERT_EQ(info.partitions[p].next_offset, subject.model.next_offset(p));
    }
  }
}

void ModelRun::Settle() {
  ASSERT_OK(log_->Sync());
  answers_->Await(expected_.size());
  CheckAnswers();
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
  EntryId last = EntryId::Min();
  std::vector<uint64_t> next_offsets(subject.model.options().partitions);
  for (const OwnedEntry& entry : *entries) {
    ASSERT_GT(entry.id, last);  // I1, and the merge's order
    last = entry.id;
    ASSERT_EQ(entry.offset, next_offsets[entry.partition]++);
  }
  ASSERT_EQ(*entries, subject.model.entries());
}

std::optional<Durability> ModelRun::RandomDurability() {
  if (rng_.Percent(40)) return std::nullopt;
  return static_cast<Durability>(rng_.Between(1, 3));
}

std::optional<EntryId> ModelRun::RandomExplicitId(const ModelStream& model, EntryId above) {
  EntryId id = above;
  const uint32_t partitions = model.options().partitions;
  const uint64_t step = partitions == 1 ? 1 : uint64_t{1} << kPartitionBits;
  switch (rng_.Below(8)) {
    case 0:
      return EntryId{above.ms - (above.ms == 0 ? 0 : 1), above.seq};  // too low
    case 1:
      return EntryId{above.ms, above.seq};
    case 2:
      id = {above.ms + rng_.Between(1, 5), 0};
      break;
    default:
      if (above.seq > UINT64_MAX - 100 * step) return EntryId{above.ms + 1, 0};
      id.seq += step * rng_.Between(1, 9);
      break;
  }
  if (partitions == 1) return id;
  // Now and then a partition that there is not.
  const uint64_t partition = rng_.Below(rng_.Percent(5) ? kPartitionsMax : partitions);
  id.seq = (id.seq >> kPartitionBits) << kPartitionBits | partition;
  return id;
}

std::vector<NewEntry> ModelRun::RandomEntries(const ModelStream& model) {
  const uint64_t count = rng_.Percent(60) ? 1 : rng_.Between(1, rng_.Percent(5) ? 400 : 20);
  const bool explicit_ids = rng_.Percent(12);
  EntryId above = model.last_id();
  std::vector<NewEntry> entries(count);
  for (NewEntry& entry : entries) {
    if (explicit_ids) {
      if (!rng_.Percent(2)) entry.id = RandomExplicitId(model, above);
      if (entry.id) above = *entry.id;
    }
    if (rng_.Percent(explicit_ids ? 10 : 50)) entry.key = std::to_string(rng_.Below(20));
    const uint64_t fields = rng_.Percent(80) ? 1 : rng_.Between(1, 5);
    for (uint64_t i = 0; i < fields; ++i) {
      entry.fields.emplace_back(rng_.Bytes(rng_.Below(3)), rng_.Bytes(rng_.Skewed(10)));
    }
    if (rng_.Percent(2)) entry.fields.emplace_back("large", rng_.Bytes(rng_.Below(100'000)));
  }
  return entries;
}

Bound ModelRun::RandomBound(const ModelStream& model, bool is_from) {
  const std::vector<OwnedEntry>& entries = model.entries();
  EntryId near = entries.empty() ? EntryId{1, 1} : entries[rng_.Below(entries.size())].id;
  if (rng_.Percent(25)) near = rng_.Percent(50) ? near.Successor() : near.Predecessor();
  switch (rng_.Below(8)) {
    case 0:
      return Bound::Begin();
    case 1:
      return Bound::End();
    case 2:
      return Bound::ExclusiveId(near);
    case 3:
      return Bound::Time(absl::FromUnixMillis(static_cast<int64_t>(near.ms + rng_.Below(2))));
    case 4:
      return Bound::Offset(rng_.Below(entries.size() + 2));
    case 5:
      if (is_from || rng_.Percent(10)) return Bound::Last(rng_.Below(entries.size() + 3));
      return Bound::Id(near);
    default:
      return Bound::Id(near);
  }
}

}  // namespace evlog
