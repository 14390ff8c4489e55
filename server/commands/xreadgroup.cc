// XREADGROUP, also where it waits: in the line of each group, like any other consumer.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "embedded/here.h"
#include "server/answer.h"
#include "server/commands/entries.h"
#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/read_args.h"
#include "server/commands/stream_args.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

struct Key {
  std::string name;
  bool fresh = true;  // `>`: what was not delivered yet; else what the consumer has
  EntryId after;      // of the latter, above this id
  ParseError error;   // of the id; a group that is missing is told first
  std::optional<Group> group = std::nullopt;
  // While it waits.
  GroupPlace place = {};
  absl::Time due = absl::InfinitePast();
  bool lost = false;  // its group was gone at the last look
};

class Xreadgroup final : public Waiting {
 public:
  Xreadgroup(Core* core, int database)
      : core_(*core), database_(database), renames_(core->renames()) {}

  ParseError Parse(const Call& call);
  // False: a group is missing, and it has replied with the error.
  bool Open(Call& call);
  // What a consumer has already is answered at once, though it is nothing.
  bool blocks() const {
    return args_.blocks &&
           std::all_of(keys_.begin(), keys_.end(), [](const Key& k) { return k.fresh; });
  }

  // On the io thread. False: it is for the storage pool, with a new one.
  static bool Begin(std::unique_ptr<Xreadgroup> read, Call& call);

  bool Look(RespWriter& reply) override;
  bool looks_here() const override { return fits_here(); }
  bool LookHere(std::function<void(EndOfLook)> done) override;
  bool Watch(const ChangeCallback& changed) override;
  void WriteTimeout(RespWriter& reply) override { reply.NullArray(); }

 private:
  ParseError ParseOption(const Call& call, size_t* at);
  ParseError ParseStreams(const Call& call, size_t at);
  absl::StatusOr<size_t> WriteFresh(RespWriter& reply, Key* key, uint64_t count, size_t bytes);
  absl::StatusOr<size_t> WriteHistory(RespWriter& reply, Key* key, uint64_t count);
  // A look that is over: when the next one may be due.
  static void FoundNothing(const Deliveries& got, Key* key);
  // While it waits: names may stand for other streams by now. False: an error, which is the reply.
  bool Follow(RespWriter& reply);
  // True: who waited for the group finds it gone. There may be another one of these names by now.
  bool Loses(Key* key, const absl::Status& status) const {
    key->lost = waits_ && !key->lost && absl::IsNotFound(status);
    return key->lost;
  }
  bool has_lost() const {
    return std::any_of(keys_.begin(), keys_.end(), [](const Key& key) { return key.lost; });
  }
  void StandInLine(Key* key);
  // Reads one key. False: an error, which is the reply.
  bool WriteKey(RespWriter& reply, Key* key, StreamsReply* streams);
  void WriteError(RespWriter& reply, const Key& key, const absl::Status& status) const;
  // It may be quick: new entries of one stream, without a bound that is known as they are written.
  bool fits_here() const {
    return keys_.size() == 1 && keys_.front().fresh && keys_.front().error.empty() &&
           !claim_idle_ && args_.max_bytes == SIZE_MAX;
  }
  // Who waits and says no COUNT leaves something to those who wait behind it: what several clients
  // append is often here at once.
  uint64_t CountOf(const Key& key) const {
    return waits_ && args_.count == UINT64_MAX && !key.place.alone() ? 1 : args_.count;
  }
  bool ReadHere(Group& group, ReadCallback done);
  // What ReadHere came to. False: nothing.
  bool WriteRead(RespWriter& reply, const absl::StatusOr<Deliveries>& got);

  Core& core_;
  const int database_;
  uint64_t renames_;  // Core::renames, as of the last look at names
  std::string group_, consumer_;
  std::vector<Key> keys_;
  ReadArgs args_;
  std::optional<absl::Duration> claim_idle_;
  bool no_ack_ = false;
  bool waits_ = false;  // it stands in line
  ChangeCallback changed_;
};

ParseError Xreadgroup::ParseOption(const Call& call, size_t* at) {
  const std::string_view option = call.arg(*at);
  if (Is(option, "NOACK")) {
    no_ack_ = true;
    ++*at;
    return {};
  }
  if (Is(option, "GROUP")) {
    if (*at + 2 >= call.argc()) return kSyntaxError;
    group_ = std::string(call.arg(*at + 1));
    consumer_ = std::string(call.arg(*at + 2));
    *at += 3;
    return {};
  }
  const bool claims = Is(option, "CLAIM");
  if ((!claims && !ReadArgs::Has(option)) || *at + 1 >= call.argc()) return kSyntaxError;
  *at += 2;
  if (!claims) return args_.Take(option, call.arg(*at - 1));
  int64_t ms = 0;
  if (!ParseNumber(call.arg(*at - 1), &ms)) return kNotAnInteger;
  if (ms < 0) return "ERR min-idle-time must be a positive integer";
  claim_idle_ = absl::Milliseconds(ms);
  return {};
}

ParseError Xreadgroup::ParseStreams(const Call& call, size_t at) {
  const size_t left = call.argc() - at;
  if (left == 0) return kSyntaxError;
  if (left % 2 != 0) {
    return "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID, '+', or '>' "
           "must be specified.";
  }
  if (group_.empty()) return "ERR Missing GROUP option for XREADGROUP";
  for (size_t i = 0; i < left / 2; ++i) {
    Key& key = keys_.emplace_back();
    key.name = std::string(call.arg(at + i));
    const std::string_view id = call.arg(at + left / 2 + i);
    if (id == ">") continue;
    key.fresh = false;
    if (id == "$" || id == "+") {
      key.error = fmt::format(
          "ERR The {0} ID is meaningless in the context of XREADGROUP: you want to read the "
          "history of this consumer by specifying a proper ID, or use the > ID to get new "
          "messages. The {0} ID would just return an empty result set.",
          std::string(id));
    } else if (!ParseId(id, 0, &key.after)) {
      key.error = kInvalidId;
    }
  }
  return {};
}

ParseError Xreadgroup::Parse(const Call& call) {
  size_t at = 1;
  while (at < call.argc() && !Is(call.arg(at), "STREAMS")) {
    if (ParseError error = ParseOption(call, &at); !error.empty()) return error;
  }
  if (at >= call.argc()) return kSyntaxError;
  if (ParseError error = args_.Check(); !error.empty()) return error;
  timeout = args_.timeout;
  return ParseStreams(call, at + 1);
}

bool Xreadgroup::Open(Call& call) {
  for (Key& key : keys_) {
    key.group = RequireGroup(call, key.name, group_, NoGroup::kOfRead);
    if (!key.group) return false;
    if (key.error.empty()) continue;
    call.reply.Error(key.error);
    return false;
  }
  return true;
}

void Xreadgroup::FoundNothing(const Deliveries& got, Key* key) {
  key->due = got.due;
  key->place.WakeAt(key->due);
  if (got.limited) key->place.PassOn();
}

absl::StatusOr<size_t> Xreadgroup::WriteFresh(RespWriter& reply, Key* key, uint64_t count,
                                              size_t bytes) {
  GroupReadOptions options;
  options.acknowledge = no_ack_;
  options.claim_idle = claim_idle_;
  // With a bound of bytes one by one: what was read is delivered.
  options.count = bytes == SIZE_MAX ? count : 1;
  const size_t begin = reply.Mark();
  size_t written = 0;
  while (written < count && (written == 0 || reply.Mark() - begin < bytes)) {
    absl::StatusOr<Deliveries> got = key->group->Read(consumer_, options);
    if (!got.ok()) return got.status();
    written += WriteDeliveries(reply, *got, claim_idle_.has_value());
    if (got->empty() && written == 0) FoundNothing(*got, key);
    if (got->empty() || bytes == SIZE_MAX) break;
  }
  return written;
}

absl::StatusOr<size_t> Xreadgroup::WriteHistory(RespWriter& reply, Key* key, uint64_t count) {
  absl::StatusOr<Deliveries> got = key->group->ReadPending(consumer_, key->after, count);
  if (!got.ok()) return got.status();
  // By id; what was trimmed or deleted has no fields.
  size_t written = 0, gone = 0;
  const auto write_gone = [&](EntryId below) {
    for (; gone < got->gone.size() && got->gone[gone] < below; ++gone, ++written) {
      reply.Array(2);
      reply.Id(got->gone[gone]);
      reply.NullArray();
    }
  };
  for (const Delivery& run : got->runs) {
    for (const EntryView& entry : run.entries) {
      write_gone(entry.id);
      ++written;
      WriteEntry(reply, entry);
    }
  }
  write_gone(EntryId::Max());
  return written;
}

void Xreadgroup::WriteError(RespWriter& reply, const Key& key, const absl::Status& status) const {
  if (absl::IsNotFound(status)) {
    reply.Error(NoGroupText(NoGroup::kOfRead, key.name, group_));
  } else {
    ReplyStatus(reply, status);
  }
}

bool Xreadgroup::WriteKey(RespWriter& reply, Key* key, StreamsReply* streams) {
  if (key->fresh && streams->full()) return true;
  // Who waits looks when it has the turn, and when something falls due.
  if (waits_ && !key->place.TakeTurn() && core_.Now() < key->due) return true;
  const uint64_t count = std::min(streams->count_left(), CountOf(*key));
  const size_t bytes = streams->bytes_left();
  streams->Begin(key->name);
  const absl::StatusOr<size_t> entries =
      key->fresh ? WriteFresh(reply, key, count, bytes) : WriteHistory(reply, key, args_.count);
  if (!entries.ok()) {
    if (Loses(key, entries.status())) {
      streams->Drop();
      return true;
    }
    streams->Fail();
    WriteError(reply, *key, entries.status());
    return false;
  }
  key->lost = false;
  if (*entries == 0 && key->fresh) {
    streams->Drop();
  } else {
    streams->End(*entries);
  }
  return true;
}

void Xreadgroup::StandInLine(Key* key) {
  key->due = absl::InfiniteFuture();
  absl::StatusOr<GroupPlace> place = key->group->StandInLine(consumer_, changed_);
  if (place.ok()) {
    key->place = *std::move(place);
  } else {
    key->due = absl::InfinitePast();  // the look says what is wrong
  }
}

bool Xreadgroup::Follow(RespWriter& reply) {
  const uint64_t renames = core_.renames();
  if (renames == renames_ && !has_lost()) return true;
  renames_ = renames;
  for (Key& key : keys_) {
    absl::StatusOr<Group> group = core_.log(database_).OpenGroup(key.name, group_);
    if (absl::IsNotFound(group.status())) {
      reply.Error(NoGroupText(NoGroup::kOfRead, key.name, group_));
      return false;
    }
    if (!group.ok()) {
      ReplyStatus(reply, group.status());
      return false;
    }
    if (group->stream_id() == key.group->stream_id() && !key.lost) continue;
    key.group = *std::move(group);
    StandInLine(&key);
    key.due = absl::InfinitePast();
  }
  return true;
}

bool Xreadgroup::Look(RespWriter& reply) {
  for (;;) {
    if (waits_ && !Follow(reply)) return true;
    StreamsReply streams(&reply, &args_);
    for (Key& key : keys_) {
      if (!WriteKey(reply, &key, &streams)) return true;
    }
    if (streams.Finish()) return true;
    if (!has_lost()) return false;
  }
}

bool Xreadgroup::ReadHere(Group& group, ReadCallback done) {
  GroupReadOptions options;
  options.acknowledge = no_ack_;
  options.count = std::min(CountOf(keys_.front()), args_.max_count);
  return Here::Read(group, consumer_, options, std::move(done));
}

bool Xreadgroup::WriteRead(RespWriter& reply, const absl::StatusOr<Deliveries>& got) {
  Key& key = keys_.front();
  if (!got.ok()) {
    if (Loses(&key, got.status())) return false;
    WriteError(reply, key, got.status());
    return true;
  }
  if (got->empty()) return false;
  StreamsReply streams(&reply, &args_);
  streams.Begin(key.name);
  streams.End(WriteDeliveries(reply, *got, /*with_claim=*/false));
  return streams.Finish();
}

bool Xreadgroup::Begin(std::unique_ptr<Xreadgroup> read, Call& call) {
  if (!read->fits_here()) return false;
  Group* const group = call.connection->FindGroup(read->keys_.front().name, read->group_);
  if (group == nullptr) return false;
  read->keys_.front().group = *group;
  return call.connection->Begin(call.row, [&](const Answer& answer) {
    Xreadgroup* const it = read.get();
    return it->ReadHere(*group, [answer, read = std::move(read)](auto got) mutable {
      if (got.ok() && got->empty() && read->blocks()) return answer.Wait(std::move(read));
      answer.Reply([read = std::move(read), got = std::move(got)](RespWriter& reply) {
        if (!read->WriteRead(reply, got)) reply.NullArray();
      });
    });
  });
}

bool Xreadgroup::LookHere(std::function<void(EndOfLook)> done) {
  Key& key = keys_.front();
  if (core_.renames() != renames_ || key.lost) return false;
  if (!key.place.TakeTurn() && core_.Now() < key.due) {
    done([](RespWriter&) { return false; });
    return true;
  }
  key.due = absl::InfinitePast();  // it has the turn, wherever it looks
  return ReadHere(*key.group, [this, done = std::move(done)](absl::StatusOr<Deliveries> got) {
    done([this, got = std::move(got)](RespWriter& reply) {
      if (WriteRead(reply, got)) return true;
      if (got.ok()) {
        FoundNothing(*got, &keys_.front());
      } else {
        changed_();  // to look again at once, on the storage pool
      }
      return false;
    });
  });
}

bool Xreadgroup::Watch(const ChangeCallback& changed) {
  if (waits_) return false;
  waits_ = true;
  changed_ = changed;
  for (Key& key : keys_) StandInLine(&key);
  return false;
}

}  // namespace

bool TryXreadgroup(Call& call) {
  auto read = std::make_unique<Xreadgroup>(&call.core, call.database);
  return read->Parse(call).empty() && Xreadgroup::Begin(std::move(read), call);
}

void HandleXreadgroup(Call& call) {
  auto read = std::make_unique<Xreadgroup>(&call.core, call.database);
  if (const ParseError error = read->Parse(call); !error.empty()) return call.reply.Error(error);
  if (!read->Open(call) || read->Look(call.reply)) return;
  if (read->blocks() && call.waiting != nullptr) {
    *call.waiting = std::move(read);
  } else {
    call.reply.NullArray();
  }
}

}  // namespace evlog::server
