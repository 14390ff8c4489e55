#include "tests/crash/witness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

const StreamPlan kStreams[] = {
    {"os", {.partitions = 1, .durability = Durability::kOs}},
    {"sync", {.partitions = 1, .durability = Durability::kSync}},
    {"os.many", {.partitions = 7, .durability = Durability::kOs}},
    {"sync.many", {.partitions = 3, .durability = Durability::kSync}},
};

}  // namespace

const StreamPlan& PlanOf(uint16_t producer) { return kStreams[producer % std::size(kStreams)]; }

NewEntry EntryOf(uint16_t producer, uint64_t counter) {
  Rng rng((uint64_t{producer} << 48) + counter);
  NewEntry entry;
  if (producer % 3 != 0) entry.key = std::to_string(rng.Below(50));
  entry.fields = {{"p", std::to_string(producer)}, {"n", std::to_string(counter)}};
  entry.fields.emplace_back("x", rng.Bytes(rng.Percent(2) ? rng.Below(40'000) : rng.Skewed(11)));
  return entry;
}

Record AttemptOf(uint16_t producer, uint64_t first, uint32_t count) {
  Record record;
  record.producer = producer;
  record.first = first;
  record.count = count;
  return record;
}

Record AcknowledgmentOf(const Record& attempt, Durability durability, const AppendResult& result) {
  Record record = attempt;
  record.kind = Record::kAcknowledged;
  record.durability = durability;
  record.partition = result.partition;
  record.offset = result.offset;
  record.commit = result.position.commit;
  record.first_id = result.first_id;
  record.last_id = result.last_id;
  return record;
}

void Witness::Add(const Record& record) {
  Producer& producer = producers_[record.producer];
  if (record.kind == Record::kAttempt) {
    producer.ends.insert(record.first + record.count);
  } else {
    producer.acknowledged.push_back(record);
  }
}

uint64_t Witness::kept() const {
  uint64_t sum = 0;
  for (const Producer& producer : producers_) sum += producer.kept;
  return sum;
}

void Witness::ReadStream(EventLog& log, const StreamPlan& plan, Found* found) {
  const absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(log, {.stream = plan.name});
  if (absl::IsNotFound(entries.status())) return;  // it was not yet created
  ASSERT_OK(entries);
  EntryId last = EntryId::Min();
  std::vector<uint64_t> offsets(plan.options.partitions);
  for (const OwnedEntry& entry : *entries) {
    ASSERT_GT(entry.id, last) << plan.name;
    last = entry.id;
    ASSERT_LT(entry.partition, plan.options.partitions);
    ASSERT_EQ(entry.offset, offsets[entry.partition]++) << plan.name << ' ' << entry.id.ToString();
    const auto producer = static_cast<uint16_t>(std::stoul(std::string(entry.value("p"))));
    ASSERT_LT(producer, kProducers);
    ASSERT_EQ(PlanOf(producer).name, plan.name);
    std::vector<OwnedEntry>& of_producer = (*found)[producer];
    // In order, without gaps, each once.
    ASSERT_EQ(entry.value("n"), std::to_string(of_producer.size()))
        << plan.name << ", producer " << producer << ", id " << entry.id.ToString();
    const NewEntry attempted = EntryOf(producer, of_producer.size());
    ASSERT_EQ(entry.fields, attempted.fields);
    ASSERT_EQ(entry.key, attempted.key);
    of_producer.push_back(entry);
  }
}

Witness::Found Witness::ReadLog(EventLog& log) {
  Found found(kProducers);
  for (const StreamPlan& plan : kStreams) {
    ReadStream(log, plan, &found);
    if (::testing::Test::HasFatalFailure()) break;
  }
  return found;
}

void Witness::CompareAcknowledged(uint16_t producer, const std::vector<OwnedEntry>& entries,
                                  Durability survives) const {
  for (const Record& record : producers_[producer].acknowledged) {
    const uint64_t end = record.first + record.count;
    if (end > entries.size()) {
      ASSERT_LT(record.durability, survives)
          << "lost: " << record.count << " entries from number " << record.first
          << ", acknowledged with the id " << record.first_id.ToString() << ", commit "
          << record.commit;
      continue;
    }
    const OwnedEntry& first = entries[record.first];
    ASSERT_EQ(first.id, record.first_id);
    ASSERT_EQ(first.partition, record.partition);
    ASSERT_EQ(first.offset, record.offset);
    ASSERT_EQ(entries[end - 1].id, record.last_id);
  }
}

void Witness::Compare(const Found& found, Durability survives) const {
  uint64_t last_kept = 0;  // of the commits that we know
  uint64_t first_lost = UINT64_MAX;
  for (uint16_t p = 0; p < kProducers; ++p) {
    SCOPED_TRACE("producer " + std::to_string(p) + " of stream " + PlanOf(p).name);
    const Producer& producer = producers_[p];
    const uint64_t size = found[p].size();
    ASSERT_TRUE(producer.ends.count(size) != 0)
        << size << " entries: no call ended there, the last one at " << *producer.ends.rbegin();
    CompareAcknowledged(p, found[p], survives);
    if (::testing::Test::HasFatalFailure()) return;
    for (const Record& record : producer.acknowledged) {
      if (record.commit == 0) continue;  // acknowledged before it had one
      const bool is_kept = record.first + record.count <= size;
      if (is_kept) last_kept = std::max(last_kept, record.commit);
      if (!is_kept) first_lost = std::min(first_lost, record.commit);
    }
  }
  // What is lost is the end of the whole log.
  ASSERT_LT(last_kept, first_lost);
}

void Witness::JudgeView(EventLog& log, Durability survives) const {
  const Found found = ReadLog(log);
  if (!::testing::Test::HasFatalFailure()) Compare(found, survives);
}

void Witness::Judge(EventLog& log, Durability survives) {
  const Found found = ReadLog(log);
  if (!::testing::Test::HasFatalFailure()) Compare(found, survives);
  for (uint16_t p = 0; p < kProducers; ++p) {
    Producer& producer = producers_[p];
    producer.kept = found[p].size();
    producer.ends = {producer.kept};
    std::vector<Record>& records = producer.acknowledged;
    records.erase(std::remove_if(records.begin(), records.end(),
                                 [&producer](const Record& record) {
                                   return record.first + record.count > producer.kept;
                                 }),
                  records.end());
    // From here on it is on the disk, whatever it was before.
    for (Record& record : records) record.durability = Durability::kSync;
  }
}

}  // namespace evlog
