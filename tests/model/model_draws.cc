// Random arguments for the steps.
#include <utility>

#include "log/partitioner.h"
#include "tests/model/model_run.h"

namespace evlog {

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
  if (!appended_.empty() && rng_.Percent(15)) return appended_[rng_.Below(appended_.size())];
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
    if (rng_.Percent(crashes_ ? 0 : 2)) {
      entry.fields.emplace_back("large", rng_.Bytes(rng_.Below(100'000)));
    }
  }
  if (!explicit_ids && count < 10 && appended_.size() < 10) appended_.push_back(entries);
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

AppendOptions ModelRun::OptionsOf(const ModelAsk& ask, std::optional<Durability> durability) {
  AppendOptions options;
  options.expect = ask.expect;
  if (ask.mark) options.idempotence = ask.mark->View();
  options.durability = durability;
  return options;
}

Expect ModelRun::RandomExpect(const ModelStream& model) {
  switch (rng_.Below(4)) {
    case 0:
      return Expect::NoEntries();
    case 1:
      return Expect::LastId(rng_.Percent(70) ? model.last_id() : RandomId(model));
    default: {
      const auto p = static_cast<uint16_t>(rng_.Below(model.options().partitions));
      return Expect::Offset(model.next_offset(p) + (rng_.Percent(20) ? 1 : 0));
    }
  }
}

ModelAsk ModelRun::RandomAsk(const ModelStream& model) {
  ModelAsk ask;
  if (rng_.Percent(10)) ask.expect = RandomExpect(model);
  if (!rng_.Percent(30)) return ask;
  OwnedMark& mark = ask.mark.emplace();
  mark.kind = static_cast<Idempotence::Kind>(rng_.Between(1, 3));
  mark.producer = std::string(1, static_cast<char>('a' + rng_.Below(3)));
  mark.id = std::to_string(rng_.Below(8));
  mark.sequence = rng_.Below(3) + steps_.size() / 8;
  return ask;
}

EntryId ModelRun::RandomId(const ModelStream& model) {
  const std::vector<OwnedEntry>& entries = model.entries();
  if (entries.empty()) return model.last_id();
  EntryId id = entries[rng_.Below(entries.size())].id;
  if (rng_.Percent(20)) id = rng_.Percent(50) ? id.Successor() : id.Predecessor();
  return id;
}

std::vector<EntryId> ModelRun::RandomIds(const ModelStream& model) {
  std::vector<EntryId> ids;
  for (uint64_t i = rng_.Between(1, rng_.Percent(20) ? 60 : 5); i > 0; --i) {
    ids.push_back(RandomId(model));
  }
  if (rng_.Percent(30) && !model.entries().empty()) {
    // A run of them.
    const size_t from = rng_.Below(model.entries().size());
    for (size_t i = from; i < model.entries().size() && i < from + 200; ++i) {
      ids.push_back(model.entries()[i].id);
    }
  }
  return ids;
}

TrimOptions ModelRun::RandomTrim(const ModelStream& model) {
  TrimOptions options;
  Retention& keep = options.keep;
  const uint64_t what = rng_.Below(5);
  if (what <= 1) keep.max_entries = rng_.Below(model.entries().size() + 3);
  if (what == 1 || what == 2) keep.min_id = RandomId(model);
  if (what == 3) keep.max_age = absl::Milliseconds(1 + rng_.Skewed(12));
  if (what == 4) keep.max_bytes = rng_.Skewed(16);
  keep.exact = rng_.Percent(60);
  // Of two bounds, each counts for itself against the limit.
  if (what != 1 && rng_.Percent(30)) options.limit = rng_.Skewed(9);
  options.dry_run = rng_.Percent(10);
  options.durability = RandomDurability();
  return options;
}

}  // namespace evlog
