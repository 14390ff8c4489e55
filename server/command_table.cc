#include "server/command_table.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/commands/handlers.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr size_t kNameMax = 48;  // no name is longer

class Table {
 public:
  Table() {
    for (const auto family : {ConnectionRows(), ServerRows(), GenericRows(), PubsubRows(),
                              TransactionRows(), StreamRows(), GroupRows(), EvlogRows()}) {
      rows_.insert(rows_.end(), family.begin(), family.end());
    }
    for (const CommandRow& row : rows_) {
      by_name_.emplace(row.name, &row);
      const size_t bar = row.name.find('|');
      if (bar != std::string_view::npos) parents_.emplace(row.name.substr(0, bar), true);
    }
  }

  std::span<const CommandRow> rows() const { return rows_; }
  const CommandRow* Find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }
  bool HasSubcommands(std::string_view name) const { return parents_.contains(name); }

 private:
  std::vector<CommandRow> rows_;
  std::unordered_map<std::string_view, const CommandRow*> by_name_;
  std::unordered_map<std::string_view, bool> parents_;
};

const Table& TheTable() {
  static const Table* const table = new Table;  // never destroyed: threads outlive statics
  return *table;
}

// Appends it in small letters; false: too long for a name.
bool AppendLower(std::string_view text, char (&buffer)[kNameMax], size_t* size) {
  if (text.size() > kNameMax - *size) return false;
  for (const char c : text) {
    buffer[(*size)++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return true;
}

// Behind STREAMS of XREAD and XREADGROUP, which a group or a consumer may be called, too; the end:
// there is none.
size_t FindStreams(Args args) {
  for (size_t i = 1; i < args.size(); ++i) {
    if (Is(args[i], "STREAMS")) return i + 1;
    if (Is(args[i], "GROUP")) i += 2;
  }
  return args.size();
}

}  // namespace

std::span<const CommandRow> CommandRows() { return TheTable().rows(); }

const CommandRow* FindCommandByName(std::string_view name) { return TheTable().Find(name); }

const CommandRow* FindCommand(Args args) {
  char buffer[kNameMax];
  size_t size = 0;
  if (!AppendLower(args[0], buffer, &size)) return nullptr;
  const std::string_view name(buffer, size);
  if (name.find('|') != std::string_view::npos) return nullptr;
  const CommandRow* const row = TheTable().Find(name);
  if (row == nullptr || args.size() < 2 || !TheTable().HasSubcommands(name)) return row;
  if (size == kNameMax) return row;
  buffer[size++] = '|';
  if (!AppendLower(args[1], buffer, &size)) return row;
  const CommandRow* const sub = TheTable().Find({buffer, size});
  return sub == nullptr ? row : sub;
}

bool FindKeys(const CommandRow& row, Args args, std::vector<size_t>* places) {
  places->clear();
  if (row.Has(flags::kMovableKeys)) {
    const size_t first = FindStreams(args);
    const size_t keys = (args.size() - first) / 2;
    for (size_t key = 0; key < keys; ++key) places->push_back(first + key);
    return !places->empty();
  }
  if (row.first_key == 0) return false;
  const int last = row.last_key < 0 ? static_cast<int>(args.size()) + row.last_key : row.last_key;
  for (int i = row.first_key; i <= last && i < static_cast<int>(args.size()); i += row.key_step) {
    places->push_back(static_cast<size_t>(i));
  }
  return !places->empty();
}

bool Is(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c =
        text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    if (c != word[i]) return false;
  }
  return true;
}

void ReplyStatus(RespWriter& reply, const absl::Status& status) { reply.Error(ErrorText(status)); }

}  // namespace evlog::server
