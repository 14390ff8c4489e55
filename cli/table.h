// A table for people: columns as wide as their widest cell, numbers to the right.
#ifndef EVLOG_CLI_TABLE_H_
#define EVLOG_CLI_TABLE_H_

#include <string>
#include <vector>

namespace evlog::cli {

class Table {
 public:
  struct Column {
    std::string title;
    bool number = false;  // aligned to the right
  };

  explicit Table(std::vector<Column> columns);
  // As many cells as there are columns.
  void AddRow(std::vector<std::string> cells);
  // The rows that were added since the last time, the first time below the titles; nothing trails
  // behind the last column. Columns are as wide as all rows so far want, so that a table that is
  // appended page by page needs no more memory than a page.
  void Append(std::string* out);

 private:
  std::vector<Column> columns_;
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TABLE_H_
