Console.WriteLine("ZooCache");
