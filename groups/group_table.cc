#include "groups/group_table.h"

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/key_codec.h"
#include "log/row_finder.h"

namespace evlog {

namespace {

// Groups are looked through, for what may be forgotten, once in so many that are loaded.
constexpr uint64_t kLoadsOfALook = 16;
// ListAll counts no further.
constexpr size_t kCountedMax = 100'000;

absl::Status CheckName(std::string_view name) {
  if (!name.empty() && name.size() <= kGroupNameBytesMax) return absl::OkStatus();
  return InvalidArgument("the name of a group has {} bytes; it must have 1..{}", name.size(),
                         kGroupNameBytesMax);
}

absl::Status NoGroup(std::string_view name, const StreamState& stream) {
  return Error(absl::StatusCode::kNotFound, "stream {} has no group {}", Quoted(stream.name()),
               Quoted(name));
}

}  // namespace

absl::StatusOr<std::vector<GroupPosition>> PositionsAt(const Store& store,
                                                       const StreamState& stream,
                                                       const Bound& bound) {
  std::vector<GroupPosition> positions(stream.partitions());
  if (bound.kind() == Bound::Kind::kLast) {
    return InvalidArgument("a group cannot begin at the last n entries");
  }
  if (bound.kind() == Bound::Kind::kOffset && stream.partitions() > 1) {
    return InvalidArgument("stream {} has {} partitions, so an offset is no place in it",
                           Quoted(stream.name()), stream.partitions());
  }
  for (uint32_t p = 0; p < positions.size(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    GroupPosition& position = positions[p];
    const PartitionTail tail = stream.Tail(partition);
    EntryId first = bound.id();  // that it is to deliver, if there is one
    switch (bound.kind()) {
      case Bound::Kind::kBegin:
      case Bound::Kind::kLast:
        continue;
      case Bound::Kind::kEnd:
        position = {tail.next_offset, std::max(tail.last_id, stream.floor().last_id)};
        continue;
      case Bound::Kind::kOffset:
        position = {std::min(bound.number(), tail.next_offset), EntryId::Min()};
        continue;
      case Bound::Kind::kExclusiveId:
        first = first == EntryId::Max() ? first : first.Successor();
        break;
      case Bound::Kind::kId:
      case Bound::Kind::kTime:
        break;
    }
    position = {tail.next_offset, first == EntryId::Min() ? first : first.Predecessor()};
    if (first > tail.last_id) continue;
    ASSIGN_OR_RETURN(position.next_offset,
                     FindOffset(store, stream.partition_id(partition), first));
  }
  return positions;
}

absl::StatusOr<GroupRecord> GroupTable::ReadRecord(GroupId id) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   context_.store->Get(Family::kGroups, EncodeGroupKey(id).view()));
  if (!row) return DataLoss("the row of a group is missing");
  return DecodeGroupRecord(*row);
}

absl::StatusOr<GroupTable::Groups*> GroupTable::GroupsOf(StreamId stream) {
  const auto known = streams_.find(stream);
  if (known != streams_.end()) return &known->second;
  Groups groups;
  StoreIterator rows = context_.store->Scan(Family::kGroups, GroupsRange(stream));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(const GroupId id, DecodeGroupKey(rows.key()));
    ASSIGN_OR_RETURN(GroupRecord record, DecodeGroupRecord(rows.value()));
    groups[std::move(record.name)].number = id.group;
  }
  RETURN_IF_ERROR(rows.status());
  return &streams_.emplace(stream, std::move(groups)).first->second;
}

void GroupTable::ForgetIdle() {
  if (loaded_ <= idle_groups_max_ && ++loads_ % kLoadsOfALook != 0) return;
  std::vector<std::pair<uint64_t, Known*>> idle;
  size_t bytes = 0;
  for (auto& [stream, groups] : streams_) {
    for (auto& [name, known] : groups) {
      if (known.group == nullptr || known.group.use_count() != 1) continue;
      idle.emplace_back(known.used, &known);
      bytes += known.group->memory();
    }
  }
  std::sort(idle.begin(), idle.end());
  // A quarter at once, so that there is something to forget rarely.
  const size_t keep = loaded_ <= idle_groups_max_ ? loaded_ : idle_groups_max_ / 4 * 3;
  const size_t keep_bytes = bytes <= idle_bytes_max_ ? bytes : idle_bytes_max_ / 4 * 3;
  for (const auto& [used, known] : idle) {
    if (loaded_ <= keep && bytes <= keep_bytes) break;
    bytes -= known->group->memory();
    known->group.reset();
    --loaded_;
  }
}

absl::StatusOr<std::shared_ptr<LoadedGroup>> GroupTable::Create(
    const std::shared_ptr<StreamState>& stream, std::string_view name, const GroupOptions& options,
    const Bound& from) {
  RETURN_IF_ERROR(CheckName(name));
  RETURN_IF_ERROR(options.Validate());
  if (options.dead_letters == stream->name()) {
    return InvalidArgument("dead_letters is {}, the stream of the group itself",
                           Quoted(options.dead_letters));
  }
  ASSIGN_OR_RETURN(const std::vector<GroupPosition> positions,
                   PositionsAt(*context_.store, *stream, from));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(Groups* const groups, GroupsOf(stream->id()));
  if (groups->contains(std::string(name))) {
    return Error(absl::StatusCode::kAlreadyExists, "stream {} has a group {} already",
                 Quoted(stream->name()), Quoted(name));
  }
  uint64_t number = 1;  // above all there are: rows of a group that was destroyed are gone
  for (const auto& [other, known] : *groups) number = std::max(number, known.number.value() + 1);
  const GroupId id{stream->id(), GroupNumber(number)};
  auto group = std::make_shared<LoadedGroup>(context_, stream, id);
  RETURN_IF_ERROR(group->Create(std::string(name), options, positions));
  (*groups)[std::string(name)] = {id.group, group, ++turn_};
  ++loaded_;
  ForgetIdle();
  return group;
}

absl::StatusOr<std::shared_ptr<LoadedGroup>> GroupTable::Find(
    const std::shared_ptr<StreamState>& stream, std::string_view name) {
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(Groups* const groups, GroupsOf(stream->id()));
  const auto it = groups->find(std::string(name));
  if (it == groups->end()) return NoGroup(name, *stream);
  Known& known = it->second;
  known.used = ++turn_;
  if (known.group != nullptr) return known.group;
  const GroupId id{stream->id(), known.number};
  ASSIGN_OR_RETURN(GroupRecord record, ReadRecord(id));
  auto group = std::make_shared<LoadedGroup>(context_, stream, id);
  RETURN_IF_ERROR(Annotate(group->Load(std::move(record)), "group " + Quoted(name)));
  known.group = group;
  ++loaded_;
  ForgetIdle();
  return group;
}

absl::StatusOr<std::vector<std::string>> GroupTable::List(const StreamState& stream) {
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(Groups* const groups, GroupsOf(stream.id()));
  std::vector<std::string> names;
  for (const auto& [name, known] : *groups) names.push_back(name);
  return names;
}

absl::StatusOr<std::vector<GroupTable::Named>> GroupTable::ListAll(size_t limit,
                                                                   size_t* more) const {
  std::vector<Named> groups;
  *more = 0;
  StoreIterator rows = context_.store->ScanAll(Family::kGroups);
  for (rows.SeekToFirst(); rows.Valid() && *more < kCountedMax; rows.Next()) {
    if (groups.size() == limit) {
      ++*more;
      continue;
    }
    ASSIGN_OR_RETURN(const GroupId id, DecodeGroupKey(rows.key()));
    ASSIGN_OR_RETURN(GroupRecord record, DecodeGroupRecord(rows.value()));
    groups.push_back({id.stream, std::move(record.name)});
  }
  RETURN_IF_ERROR(rows.status());
  return groups;
}

absl::StatusOr<std::vector<TrimHold>> GroupTable::Holds(
    const std::shared_ptr<StreamState>& stream) {
  std::vector<TrimHold> holds(stream->partitions());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, List(*stream));
  for (const std::string& name : names) {
    const absl::StatusOr<std::shared_ptr<LoadedGroup>> group = Find(stream, name);
    if (absl::IsNotFound(group.status())) continue;  // destroyed just now
    RETURN_IF_ERROR(group.status());
    const absl::StatusOr<std::vector<uint64_t>> needed = (*group)->FirstNeeded();
    if (absl::IsNotFound(needed.status())) continue;
    RETURN_IF_ERROR(needed.status());
    for (size_t p = 0; p < holds.size(); ++p) {
      if ((*needed)[p] < holds[p].offset) holds[p] = {(*needed)[p], name};
    }
  }
  return holds;
}

absl::StatusOr<bool> GroupTable::Copy(const std::shared_ptr<StreamState>& stream,
                                      const StreamState& to, std::span<const GroupPosition> ends,
                                      Request* request) {
  bool synced = false;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, List(*stream));
  for (const std::string& name : names) {
    const absl::StatusOr<std::shared_ptr<LoadedGroup>> group = Find(stream, name);
    if (absl::IsNotFound(group.status())) continue;  // destroyed just now
    RETURN_IF_ERROR(group.status());
    const absl::StatusOr<bool> copied = (*group)->CopyTo(to, ends, request);
    if (absl::IsNotFound(copied.status())) continue;
    RETURN_IF_ERROR(copied.status());
    synced |= *copied;
  }
  return synced;
}

absl::Status GroupTable::Destroy(const std::shared_ptr<StreamState>& stream,
                                 std::string_view name) {
  ASSIGN_OR_RETURN(const std::shared_ptr<LoadedGroup> group, Find(stream, name));
  // Under the lock: a group of that name that is made now comes after it.
  MutexLock lock(mu_);
  RETURN_IF_ERROR(group->Destroy());
  ASSIGN_OR_RETURN(Groups* const groups, GroupsOf(stream->id()));
  const auto it = groups->find(std::string(name));
  if (it != groups->end() && it->second.group == group) {
    groups->erase(it);
    --loaded_;
  }
  return absl::OkStatus();
}

absl::Status GroupTable::Reload() {
  MutexLock lock(mu_);
  std::vector<StreamId> streams;
  for (const auto& [stream, groups] : streams_) streams.push_back(stream);
  absl::Status status;
  for (const StreamId stream : streams) status.Update(ReloadLocked(stream));
  return status;
}

absl::Status GroupTable::Reload(StreamId stream) {
  MutexLock lock(mu_);
  return ReloadLocked(stream);
}

absl::Status GroupTable::ReloadLocked(StreamId stream) {
  const auto it = streams_.find(stream);
  if (it == streams_.end()) return absl::OkStatus();
  const Groups before = std::move(it->second);
  streams_.erase(it);
  const absl::StatusOr<Groups*> now = GroupsOf(stream);
  for (const auto& [name, known] : before) {
    if (known.group == nullptr) continue;
    known.group->Forget();
    --loaded_;
    if (!now.ok()) continue;
    const auto still = (*now)->find(name);
    if (still == (*now)->end() || still->second.number != known.number) continue;
    still->second = known;
    ++loaded_;
  }
  return now.status();
}

size_t GroupTable::loaded() const {
  MutexLock lock(mu_);
  return loaded_;
}

}  // namespace evlog
