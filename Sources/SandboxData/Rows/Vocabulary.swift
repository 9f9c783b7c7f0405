/// The words generated rows are made of, as bytes.
enum Vocabulary {
    static let companies = WordList(
        "Northwind|Acme|Globex|Initech|Umbrella|Hooli|Stark|Wayne|Soylent|Tyrell|Cyberdyne|Vandelay|Wonka|Gekko|Oscorp|Zürcher|Señor Tapas|"
            + "Übermut|Łódzki|Crème & Co|O'Brien|東京商事|Smørrebrød|Brightwater|Redwood|Blue Heron|Ironclad|Silverline|Golden Gate|Evergreen|"
            + "Pacific|Atlas")
    static let companyForms = WordList(
        "Ltd|Inc.|GmbH|LLC|Partners, LLP|Holdings|Group|Corporation|& Sons|Systems|Logistics|Foods, Inc.|Energy|Media|Labs|Health")
    static let firstNames = WordList(
        "Anna|Ben|Carla|David|Élodie|Farid|Grace|Hans|Ines|Jürgen|Kofi|Lena|Miguel|Nora|Olga|Priya|Quentin|Rosa|Søren|Tara|Umar|Vera|William|"
            + "Xiang|Yara|Zoë|Renée|Małgorzata|Chloé|Andrés|太郎|Siân")
    static let lastNames = WordList(
        "Smith|Müller|García|Nguyen|O'Connor|Kowalski|Rossi|Johansson|Okafor|Tanaka|Singh|Dubois|Novák|Andersen|Silva|Papadopoulos|Cohen|"
            + "Ivanova|Brown|Jones|Williams|Davis|Martin|Bernard|Hernández|Yılmaz|Kaya|Chen|Wang|Kim|Ali|Haddad")
    static let titles = WordList(
        "CEO|CFO|VP, Sales|Director of Operations|Buyer|Engineer|Office Manager|Analyst|Head of \"Special Projects\"|Consultant")
    static let departments = WordList("Sales|Finance|Operations|Engineering|Legal|Procurement|R&D|Human Resources")
    static let streets = WordList(
        "Market Street|Hauptstraße|Rue de la Paix|Main St.|Calle Mayor|Kärntner Ring|Broadway|Elm Avenue|Station Road|Via Roma|Königsallee|"
            + "Long Lane")
    static let cities = WordList(
        "San Francisco|Berlin|Zürich|Paris|São Paulo|Kraków|Austin|Nairobi|Malmö|Tokyo|Leeds|Montréal|Singapore|Tromsø|Porto|Denver")
    static let states = WordList("CA|NY|TX|BE|ZH|SP|QC|WA|IL|MA|CO|OR")
    static let countries = WordList(
        "United States|Germany|Switzerland|France|Brazil|Poland|Kenya|Sweden|Japan|United Kingdom|Canada|Portugal")
    static let domains = WordList("example.com|example.org|example.net|mail.example.com|corp.example.org")
    static let words = WordList(
        "annual|review|pending|customer|priority|shipment|delayed|renewal|contract|signed|invoice|meeting|with|the|team|about|pricing|and|"
            + "delivery|for|next|quarter|follow|up|on|support|ticket|number|upgrade|request|from|our|partner|in|region|south|north|new|site|"
            + "visit|planned|call|back|before|Friday|discount|agreed|see|attached|notes|budget|approved|by|manager|training|order|stock|low|"
            + "urgent|question|answered|waiting|reply|done")
    static let phrases = WordList(
        "said \"call me later\"|naïve café crowd|10% off, net 30|line one\nline two|costs ≈ €5,000|\"quoted, with comma\"|path C:\\temp\\x|"
            + "tabs\there|100 % satisfied 😀|see: https://example.com/?a=1&b=2|— em dash —|日本語のメモ|it's fine;\nreally|a & b < c > d|ends in quote\"|"
            + "plain words only")
}
