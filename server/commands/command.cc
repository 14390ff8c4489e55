// COMMAND: the command table as clients and redis-cli read it.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "log/base/glob.h"
#include "server/commands/handlers.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

struct FlagName {
  uint32_t flag;
  std::string_view name;
  std::string_view category;  // of access control; empty: none
};
constexpr FlagName kFlagNames[] = {
    {flags::kWrite, "write", "@write"},       {flags::kReadOnly, "readonly", "@read"},
    {flags::kDenyOom, "denyoom", ""},         {flags::kAdmin, "admin", "@admin"},
    {flags::kPubSub, "pubsub", "@pubsub"},    {flags::kBlocking, "blocking", "@blocking"},
    {flags::kLoading, "loading", ""},         {flags::kStale, "stale", ""},
    {flags::kFast, "fast", "@fast"},          {flags::kNoAuth, "no_auth", ""},
    {flags::kMovableKeys, "movablekeys", ""}, {flags::kNoMulti, "no_multi", ""},
};

void WriteSet(RespWriter& reply, const std::vector<std::string>& items) {
  reply.Set(items.size());
  for (const std::string& item : items) reply.Simple(item);
}

// A container is no command by itself: what is said of it is said of its subcommands.
std::vector<std::string> Categories(const CommandRow& row) {
  if (row.Has(flags::kContainer)) return {"@slow"};
  std::vector<std::string> all;
  for (const FlagName& flag : kFlagNames) {
    if (row.Has(flag.flag) && !flag.category.empty()) all.emplace_back(flag.category);
  }
  if (!row.Has(flags::kFast)) all.emplace_back("@slow");
  if (row.group == "generic") all.emplace_back("@keyspace");
  if (row.group == "stream" || row.group == "connection") {
    all.push_back("@" + std::string(row.group));
  }
  return all;
}

std::vector<const CommandRow*> SubcommandsOf(const CommandRow& row) {
  std::vector<const CommandRow*> subs;
  const std::string prefix = std::string(row.name) + "|";
  for (const CommandRow& sub : CommandRows()) {
    if (sub.name.starts_with(prefix)) subs.push_back(&sub);
  }
  return subs;
}

bool IsTop(const CommandRow& row) { return row.name.find('|') == std::string_view::npos; }

// One level: subcommands have none of their own.
void WriteInfo(RespWriter& reply, const CommandRow& row, bool with_subcommands = true) {
  reply.Array(10);
  reply.Bulk(row.name);
  reply.Integer(row.arity);
  std::vector<std::string> names;
  for (const FlagName& flag : kFlagNames) {
    if (row.Has(flag.flag) && !row.Has(flags::kContainer)) names.emplace_back(flag.name);
  }
  WriteSet(reply, names);
  reply.Integer(row.first_key);
  reply.Integer(row.last_key);
  reply.Integer(row.key_step);
  WriteSet(reply, Categories(row));
  reply.Array(0);  // tips
  reply.Array(0);  // key specifications
  const std::vector<const CommandRow*> subs =
      with_subcommands ? SubcommandsOf(row) : std::vector<const CommandRow*>();
  reply.Array(subs.size());
  for (const CommandRow* sub : subs) WriteInfo(reply, *sub, /*with_subcommands=*/false);
}

void WriteDocs(RespWriter& reply, const CommandRow& row, bool with_subcommands = true) {
  const std::vector<const CommandRow*> subs =
      with_subcommands ? SubcommandsOf(row) : std::vector<const CommandRow*>();
  reply.Bulk(row.name);
  reply.Map(subs.empty() ? 3 : 4);
  reply.Bulk("summary");
  reply.Bulk(row.summary);
  reply.Bulk("since");
  reply.Bulk(row.since);
  reply.Bulk("group");
  reply.Bulk(row.group);
  if (subs.empty()) return;
  reply.Bulk("subcommands");
  reply.Map(subs.size());
  for (const CommandRow* sub : subs) WriteDocs(reply, *sub, /*with_subcommands=*/false);
}

std::string LowerOf(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

size_t CountTop() {
  size_t count = 0;
  for (const CommandRow& row : CommandRows()) count += IsTop(row) ? 1 : 0;
  return count;
}

}  // namespace

void HandleCommand(Call& call) {
  if (call.argc() > 1) {
    return call.reply.Error(fmt::format("ERR unknown subcommand '{}'. Try COMMAND HELP.",
                                        std::string(call.arg(1).substr(0, 128))));
  }
  call.reply.Array(CountTop());
  for (const CommandRow& row : CommandRows()) {
    if (IsTop(row)) WriteInfo(call.reply, row);
  }
}

void HandleCommandCount(Call& call) { call.reply.Integer(static_cast<int64_t>(CountTop())); }

void HandleCommandInfo(Call& call) {
  if (call.argc() == 2) {
    call.reply.Array(CountTop());
    for (const CommandRow& row : CommandRows()) {
      if (IsTop(row)) WriteInfo(call.reply, row);
    }
    return;
  }
  call.reply.Array(call.argc() - 2);
  for (size_t i = 2; i < call.argc(); ++i) {
    const CommandRow* const row = FindCommandByName(LowerOf(call.arg(i)));
    if (row == nullptr) {
      call.reply.Null();
    } else {
      WriteInfo(call.reply, *row);
    }
  }
}

void HandleCommandDocs(Call& call) {
  const size_t mark = call.reply.Mark();
  size_t documented = 0;
  const auto write = [&](const CommandRow& row) {
    WriteDocs(call.reply, row);
    ++documented;
  };
  if (call.argc() == 2) {
    for (const CommandRow& row : CommandRows()) {
      if (IsTop(row)) write(row);
    }
  }
  for (size_t i = 2; i < call.argc(); ++i) {
    const CommandRow* const row = FindCommandByName(LowerOf(call.arg(i)));
    if (row != nullptr) write(*row);
  }
  call.reply.MapAt(mark, documented);
}

void HandleCommandList(Call& call) {
  std::string pattern = "*", group;
  if (call.argc() != 2) {
    if (call.argc() != 5 || !Is(call.arg(2), "FILTERBY")) return call.reply.Error(kSyntaxError);
    if (Is(call.arg(3), "PATTERN")) {
      pattern = LowerOf(call.arg(4));
    } else if (Is(call.arg(3), "ACLCAT")) {
      group = "@" + LowerOf(call.arg(4));
    } else if (Is(call.arg(3), "MODULE")) {
      return call.reply.Array(0);
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  std::vector<std::string_view> names;
  for (const CommandRow& row : CommandRows()) {
    if (!GlobMatch(pattern, row.name)) continue;
    bool listed = group.empty();
    for (const std::string& category : Categories(row)) listed = listed || category == group;
    if (listed) names.push_back(row.name);
  }
  call.reply.Array(names.size());
  for (const std::string_view name : names) call.reply.Bulk(name);
}

void HandleCommandGetkeys(Call& call) {
  const Args args = call.args.subspan(2);
  const CommandRow* const row = FindCommand(args);
  if (row == nullptr) return call.reply.Error("ERR Invalid command specified");
  if (!row->AcceptsArgs(args.size())) {
    return call.reply.Error("ERR Invalid number of arguments specified for command");
  }
  std::vector<size_t> places;
  if (!FindKeys(*row, args, &places)) {
    return call.reply.Error(row->Has(flags::kMovableKeys)
                                ? "ERR Invalid arguments specified for command"
                                : "ERR The command has no key arguments");
  }
  call.reply.Array(places.size());
  for (const size_t place : places) call.reply.Bulk(args[place]);
}

}  // namespace evlog::server
