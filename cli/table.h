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
  // The title line and the rows; nothing trails behind the last column.
  void Append(std::string* out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TABLE_H_
