#include "cli/table.h"

#include <algorithm>
#include <utility>

namespace evlog::cli {
namespace {

// Characters as a terminal counts them, near enough: the bytes that begin a UTF-8 sequence.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)), widths_(columns_.size()) {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  rows_.push_back(std::move(titles));
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::Append(std::string* out) {
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], Width(row[i]));
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths_[i] - Width(row[i]), ' ');
      const bool last = i + 1 == row.size();
      if (columns_[i].number) out->append(padding);
      out->append(row[i]);
      if (!columns_[i].number && !last) out->append(padding);
      out->append(last ? "\n" : "  ");
    }
  }
  rows_.clear();
}

}  // namespace evlog::cli
