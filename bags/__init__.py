"""The trade: products, bags, links, scans."""
